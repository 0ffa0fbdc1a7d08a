"""The emergency rules that need no model, by the sentences people would write."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerdesk.model.labels import KINDS
from ownerdesk.rules.emergencies import EmergencySign, detect
from ownerdesk.rules.emergency_phrases.lexicon import (
    EmergencyPhrasesUnusable,
    expand,
    load_lexicon,
)

CERTAIN: list[tuple[str, str, str]] = [
    ("en", "fire", "There is smoke coming out of the electrical cupboard's ceiling on floor 4"),
    ("en", "fire", "yesterday the guard was rude. now there's smoke in the corridor"),
    ("en", "fire", "FIRE IN THE KITCHEN"),
    ("en", "fire", "the bins behind block C are on fire"),
    ("en", "fire", "smokee in the stairwel pls come"),
    ("en", "fire", "🔥🔥 help floor 6"),
    ("en", "gas_leak", "strong smell of gas by my meter cupboard"),
    ("en", "gas_leak", "i think the gas pipe is leaking, it hisses"),
    ("en", "gas_leak", "carbon monoxide alarm is going off and my wife feels dizzy"),
    ("en", "flooding", "Water is pouring through my bedroom ceiling!!"),
    ("en", "flooding", "a pipe burst in the bathroom and the whole flat is flooding"),
    ("en", "flooding", "the basement is flooded up to the ankles, cars are in it"),
    ("en", "entrapment", "my mum is stuck in the lift since 10 minutes"),
    ("en", "entrapment", "The elevator stopped between floors. There are three people inside."),
    ("en", "entrapment", "my two year old locked himself in the bathroom and is crying"),
    ("en", "electrical", "the socket behind the fridge throws sparks"),
    ("en", "electrical", "live wire hanging next to the playground"),
    ("en", "electrical", "smell of burning from the socket"),
    ("en", "medical", "an old man collapsed in the lobby, he is not breathing"),
    ("en", "medical", "my father fell in the shower and can't get up"),
    ("en", "medical", "someone is unconcious at the pool"),
    ("en", "crime", "somebody is trying to break into my flat right now"),
    ("en", "crime", "there is a man with a knife in entrance 2"),
    ("en", "structural", "a piece of the facade is about to fall onto the path"),
    ("en", "structural", "the ceiling in the hallway just collapsed"),
    ("en", "other", "a dog is attacking a boy in the yard"),
    ("en", "other", "there was no warning, an explosion in the garage just now, send help"),
    ("es", "fire", "hay humo en el pasillo del tercero"),
    ("es", "fire", "FUEGOOO EN LA COCINA"),
    ("es", "fire", "Sí, hay fuego en el contenedor de la entrada"),
    ("es", "fire", "ayer el conserje fue un grosero y ahora sale humo del ascensor"),
    ("es", "gas_leak", "huele mucho a gas en la escalera"),
    ("es", "gas_leak", "creo que tengo una fuga de gas en la cocina"),
    ("es", "flooding", "está cayendo agua a chorros por el techo de mi salón"),
    ("es", "flooding", "se reventó la tubería y se me está inundando el piso"),
    ("es", "entrapment", "estamos encerrados en el ascensor dos vecinos"),
    ("es", "entrapment", "el elevador se paró entre pisos con mi hija dentro"),
    ("es", "entrapment", "mi bebé se quedó encerrado en el baño"),
    ("es", "electrical", "el enchufe de la lavadora echa chispas"),
    ("es", "electrical", "me dio una descarga fuerte al tocar la lámpara del portal"),
    ("es", "medical", "mi abuela se ha caído y no se puede levantar"),
    ("es", "medical", "hay un señor inconsciente en el portal"),
    ("es", "crime", "están intentando entrar en mi casa, estan forzando la puerta"),
    ("es", "crime", "un hombre con un cuchillo amenaza al portero"),
    ("es", "structural", "la cornisa está a punto de caer sobre la acera"),
    ("es", "structural", "se cayó el techo del garaje"),
    ("es", "other", "hubo una explosión en el sótano, ayuda"),
    ("zh", "fire", "3栋2单元楼道着火了"),
    ("zh", "fire", "厨房冒烟快来人"),
    ("zh", "fire", "昨天保安态度很差。现在楼道里全是浓烟"),
    ("zh", "fire", "廚房著火了"),
    ("zh", "gas_leak", "楼道里闻到很浓的煤气味"),
    ("zh", "gas_leak", "燃气管好像在漏气"),
    ("zh", "flooding", "水管爆了家里全是水"),
    ("zh", "flooding", "天花板哗哗往下流水"),
    ("zh", "entrapment", "我被困在电梯里了"),
    ("zh", "entrapment", "电梯停在5楼和6楼中间，里面有两个人"),
    ("zh", "entrapment", "孩子把自己反锁在卫生间里了"),
    ("zh", "electrical", "插座一直冒火花"),
    ("zh", "electrical", "洗澡的时候水龙头有电，麻手"),
    ("zh", "medical", "老人摔倒起不来了，在大堂"),
    ("zh", "medical", "泳池边有人昏迷了没有呼吸"),
    ("zh", "crime", "有人在撬我家的门"),
    ("zh", "crime", "楼下有人拿刀砍人"),
    ("zh", "structural", "外墙瓷砖往下掉，差点砸到人"),
    ("zh", "structural", "阳台快要塌了"),
    ("zh", "other", "地下车库爆炸了快来救命"),
    ("en", "fire", "the hedge behind the substation is burning"),
    ("en", "gas_leak", "the digger hit a yellow pipe and now it hisses"),
    ("en", "flooding", "water is over the doorstep and into the nursery"),
    ("en", "entrapment", "we're sitting in the lift, it isn't moving, half an hour now"),
    ("en", "electrical", "the banister bites you, a real shock, it threw my arm back"),
    ("en", "medical", "her throat is swelling after a wasp sting"),
    ("en", "medical", "need help, my father collapsed and isn't breathing"),
    ("en", "crime", "we are hiding in the wardrobe, two men came in over the balcony"),
    ("en", "structural", "the window on 12 hangs by one hinge over the path"),
    ("en", "other", "my little boy is missing, he was at the fountain"),
    ("en", "fire", "Cancel my cleaning tomorrow. There is smoke in the corridor."),
    ("es", "fire", "ya agarró el toldo, está ardiendo la terraza"),
    ("es", "fire", "hay humo en el pasillo, ¿qué hago?"),
    ("es", "gas_leak", "la excavadora rompió el tubo amarillo y silba"),
    ("es", "flooding", "el agua entra por debajo de mi puerta y sigue subiendo"),
    ("es", "medical", "tiene los labios morados y no la puedo despertar"),
    ("es", "crime", "estamos escondidos en el baño, se metieron dos tipos por la ventana"),
    ("es", "other", "mi hija de cuatro años no aparece"),
    ("zh", "fire", "请快来人，厨房着火了"),
    ("zh", "gas_leak", "黄管子被挖机撞了，嘶嘶响"),
    ("zh", "flooding", "麻烦快点，水管爆了家里全是水"),
    ("zh", "entrapment", "电梯卡住了，我在里面，按哪个都不亮"),
    ("zh", "medical", "有人倒地不醒，请叫救护车"),
    ("zh", "crime", "我在衣柜里，客厅有脚步声，家里进人了"),
    ("zh", "other", "马蜂窝掉下来了，追着人蜇"),
    ("mixed", "fire", "hay smoke en el corridor ayuda"),
    ("mixed", "fire", "ＦＩＲＥ ｉｎ ｔｈｅ ｋｉｔｃｈｅｎ"),
    ("fr", "fire", "il y a le feu dans la cuisine"),
    ("de", "gas_leak", "hier riecht es stark, Gasgeruch im Keller"),
    ("pt", "entrapment", "estou preso no elevador"),
    ("ru", "fire", "пожар на третьем этаже"),
    ("it", "gas_leak", "sento odore di gas nel palazzo"),
]

SOME_WORDS = (
    *("no", "not", "if", "fire", "smoke", "gas", "there", "is", "now", "last", "week", "lift"),
    *("stuck", "in", "hay", "humo", "si", "电梯", "fuegooo"),
    *"火着了没有烟困,.?!🔥\0\ud800\u202e",
)

POSSIBLE: list[str] = [
    "the fire alarm is going off in tower 2",
    "smells like smoke on the landing",
    "there was smoke in the corridor",
    "is there a gas leak in the building?",
    "bare wires stick out of the wall lamp",
    "huele a quemado",
    "hay cables sueltos junto a la puerta",
    "ayuda",
    "lol there is smoke coming out of my toaster",
    "could you kindly look at the socket, it sparks",
    "烟雾报警器一直响",
    "救命",
    "有一股焦味",
    "помогите",
]

QUIET: list[str] = [
    "no smoke, no fire, just the light is out on the landing",
    "there is no fire in the kitchen",
    "nobody is stuck in the lift, it just does not come",
    "The lift is stuck on the second floor again",
    "the tap in my bathroom drips",
    "small damp spot on the ceiling",
    "the lamp on the stairs flickers",
    "the fire extinguisher on floor 3 expired",
    "smoke detector battery beeps every minute",
    "I have a question about my gas bill",
    "when do you read the gas meter",
    "when is the lift inspection?",
    "the fire door won't close",
    "we have a flood of tourists in the lobby every weekend",
    "what should I do if I smell gas?",
    "In case of fire, which stairs do we use?",
    "if the lift stops with people inside whom do I call",
    "Last month a pipe burst and nobody called me back",
    "yesterday there was a gas leak, it was fixed the same day",
    "There was a fire in the bin room last week. Who pays for the damage?",
    "The pipe burst but the plumber fixed it already, thanks",
    "false alarm, the smoke in the kitchen was only steam",
    "your service is a joke and I'm on fire about it",
    "my blood boils when I see the fee",
    "I nearly had a heart attack when I saw the bill",
    "drowning in paperwork because of you",
    "this is daylight robbery, the fee went up again",
    "we are being robbed by you every month",
    "how much does it cost to replace a burst pipe?",
    "quote for installing a smoke alarm please",
    "there will be a fire drill on Monday, right?",
    "I saw on the news that a balcony collapsed in another city",
    "neighbour's cigarette smoke comes into my bedroom",
    "the neighbours' barbecue smoke fills the balcony",
    "you should fire the guard",
    "the radiators need bleeding",
    "leaves fall from the tree onto my car",
    "my bike is stuck in the lift door again",
    "I'm stuck in traffic, please let the plumber in",
    "please trim the tree before someone gets hurt by a falling branch",
    "does the insurance cover flooding?",
    "thank you for coming so fast when the pipe burst",
    "hello",
    "please cancel, the smoke in the kitchen was my own toast",
    "no need to send anyone, the smell of gas is gone",
    "any news on the burst pipe? my ticket number is 208",
    "the wall is black from the fire in spring, could it be repainted",
    "who pays the compensation for the flooded basement",
    "a branch came down on the lawn, nobody hurt, nothing urgent",
    "the AC man is coming on the 12th, is the lift stuck again",
    "nearest defibrillator, please?",
    "ya no vengan, era el horno de mi suegra, lo del humo queda anulado",
    "¿ya hay fecha para retirar el árbol que se cayó? el ticket es el 208",
    "la losa del portal se cayó, pusieron conos, no hay peligro, falta reponerla",
    "no hay humo ni nada, solo pita la alarma",
    "hormigas en la escalera del bloque 2",
    "no huele a gas, solo quiero la factura",
    "no hay humo",
    "ya apagaron el incendio, gracias",
    "ya lo arreglaron, había una fuga de gas en la escalera",
    "¿qué hago si huele a gas?",
    "en caso de incendio, ¿por dónde salimos?",
    "el mes pasado se inundó el garaje y nadie responde",
    "ayer hubo un incendio en el sótano",
    "el extintor del pasillo está caducado",
    "la lámpara de la escalera no enciende",
    "me muero de calor, no funciona el aire",
    "estoy que echo chispas con la administración",
    "casi me da un infarto con el recibo",
    "la puerta cortafuegos no cierra",
    "¿cuánto cuesta cambiar una tubería rota?",
    "la llave del lavabo gotea",
    "el ascensor no funciona desde ayer",
    "el vecino fuma y el humo entra en mi cuarto",
    "¿cuándo es el simulacro de incendio?",
    "se quemó el foco del pasillo",
    "nos roban con la cuota cada mes",
    "vi en las noticias que explotó un edificio",
    "¿me pueden ayudar con el recibo del agua?",
    "没有着火，就是灯不亮",
    "煤气味是楼下在刷漆，报修取消",
    "爆管抢修几点能通水，单号407",
    "楼梯上有血迹，麻烦保洁擦一下",
    "我手机没电了，卡也没带",
    "电梯里有人吐了",
    "地震的时候电梯会自动停吗",
    "没闻到煤气味",
    "如果闻到煤气味怎么办",
    "万一电梯困人打哪个电话",
    "上个月水管爆了，到现在没人赔",
    "昨天着火了，已经扑灭了",
    "已经修好了，之前电梯困人",
    "燃气费怎么交",
    "灭火器过期了",
    "什么时候消防演习",
    "门禁卡刷不开",
    "你们的态度让我气炸了",
    "急死我了，快递找不到",
    "我现在火大得很",
    "水龙头有点滴水",
    "电梯坏了，什么时候修",
    "灯一闪一闪的",
    "楼上抽烟，烟味飘到我家",
    "新闻里说有小区爆炸了",
    "换水管多少钱",
    "烟雾报警器没电了，滴滴响",
    "保安被投诉了还在睡觉",
    "消防通道被车堵了",
    "热死了，空调什么时候修",
]


def _sign(text: str) -> EmergencySign:
    sign = detect(text)
    assert sign is not None
    return sign


@pytest.mark.parametrize(("language", "kind", "text"), CERTAIN)
def test_a_danger_that_is_plain_to_see_is_certain_and_of_its_kind(
    language: str, kind: str, text: str
) -> None:
    sign = _sign(text)
    assert (sign.kind, sign.certain) == (kind, True)


@pytest.mark.parametrize("text", POSSIBLE)
def test_a_danger_that_is_only_likely_is_looked_at_by_a_person(text: str) -> None:
    assert not _sign(text).certain


@pytest.mark.parametrize("text", QUIET)
def test_what_is_denied_past_supposed_or_only_a_manner_of_speaking_is_no_emergency(
    text: str,
) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    "danger",
    [
        "Could you please come, there is a strong smell of gas in the hall",
        "por favor vengan, hay humo en la escalera, gracias",
        "麻烦帮忙打120，我爸晕倒了，谢谢",
    ],
)
def test_good_manners_do_not_make_a_danger_smaller(danger: str) -> None:
    assert _sign(danger).certain


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_every_kind_of_emergency_is_covered_in_every_language(language: str) -> None:
    assert {kind for lang, kind, _ in CERTAIN if lang == language} == set(KINDS)


@pytest.mark.parametrize(
    ("quiet", "alarming"),
    [
        ("There was a leak last week.", "Now water is pouring through the ceiling."),
        ("No smoke on my floor.", "But there is fire in the basement."),
        ("What should I do if it gets worse?", "There is a strong smell of gas."),
        ("El ascensor lo arreglaron el lunes.", "Hoy estoy encerrado en el ascensor."),
        ("上个月漏过一次水。", "现在水管爆了。"),
        ("费用太高了。", "楼道着火了。"),
    ],
)
def test_a_quiet_sentence_does_not_hide_the_danger_in_the_next(quiet: str, alarming: str) -> None:
    first = detect(quiet)
    assert first is None or not first.certain
    assert _sign(f"{quiet} {alarming}").certain


@pytest.mark.parametrize(
    ("danger", "ending"),
    [
        ("smoke came out of the lift", "they put it out"),
        ("hay humo en el portal", "era broma, falsa alarma"),
        ("厨房着火", "已经扑灭了"),
    ],
)
def test_a_danger_told_as_over_is_no_longer_certain(danger: str, ending: str) -> None:
    assert _sign(danger).certain
    after = detect(f"{danger}. {ending}")
    assert after is None or not after.certain


def test_a_repair_that_did_not_hold_does_not_hide_the_danger() -> None:
    assert _sign("the leak is not fixed, water is pouring from the ceiling").certain
    assert _sign("they fixed it, but water is still pouring from the ceiling").certain


def test_the_sign_names_no_word_of_the_owner() -> None:
    sign = _sign("Xanadu flat: fire in the kitchen")
    assert sign.phrase_id in {known.id for known in load_lexicon().signs}


def test_the_same_text_gives_the_same_sign() -> None:
    text = "smoke in the stairwell, grandma is stuck in the lift"
    assert len({detect(text) for _ in range(5)}) == 1


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    sign = detect(text)
    assert sign is None or sign.kind in KINDS


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(SOME_WORDS),
        max_size=60,
    )
)
def test_no_heap_of_known_words_makes_it_raise(words: list[str]) -> None:
    sign = detect(" ".join(words))
    assert sign is None or sign.kind in KINDS


@pytest.mark.parametrize("text", ["", " ", "\0", "🆘", "\ud83d", "?!", "1502", "\u202eمساعدة"])
def test_the_smallest_and_strangest_texts_have_an_answer(text: str) -> None:
    sign = detect(text)
    assert sign is None or not sign.certain


@pytest.mark.parametrize(
    "piece",
    [
        "lorem ipsum dolor ",
        "smoke and no fire if gas ",
        "stuck stuck stuck ",
        "last week there was smoke, ",
        "没有着火如果漏水",
        "aaaaaaaa",
        "水水水水",
        " \u00a0\n-",
    ],
)
def test_the_work_grows_no_faster_than_the_text(piece: str) -> None:
    load_lexicon()
    short = (piece * 512)[:2048]
    long = (piece * 2048)[:8192]
    assert _count_steps(lambda: detect(long)) <= 4.6 * _count_steps(lambda: detect(short)) + 500


def _count_steps(call: Callable[[], object]) -> int:
    """Lines of Python run: the same on every machine, unlike time."""
    steps = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal steps
        steps += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return steps


def test_choices_are_written_out_also_within_each_other() -> None:
    assert expand("a (b/c (d/e)/-) <f>", {"f": "g/h"}) == [
        f"a {middle} {last}" for middle in ("b", "c d", "c e", "") for last in ("g", "h")
    ]


@pytest.mark.parametrize(
    ("signs", "words", "complaint"),
    [
        ("{id: a, kind: war, certain: true, danger: [b]}", "b: [bee]", "unknown kind"),
        ("{id: a, kind: fire, certain: true, danger: [c]}", "b: [bee]", "no words for"),
        ("{id: a, kind: fire, danger: [b]}", "b: [bee]", "certain"),
        ("{id: a, kind: fire, certain: true, danger: [b]}", "b: [(bee]", "not closed"),
    ],
)
def test_phrases_that_cannot_be_used_are_refused_by_name(
    tmp_path: Path, signs: str, words: str, complaint: str
) -> None:
    (tmp_path / "signs.yml").write_text(f"signs: [{signs}]", encoding="utf-8")
    (tmp_path / "en.yml").write_text(f"ideas: {{{words}}}", encoding="utf-8")
    with pytest.raises(EmergencyPhrasesUnusable, match=complaint):
        load_lexicon(tmp_path)
