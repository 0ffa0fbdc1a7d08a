"""How messages sound: sharp ones ask for a person, and what only looks sharp does not."""

from __future__ import annotations

import pytest

from ownerdesk.rules.moods import Mood, expand, is_shouting, mood_of

SHARP = [
    "My lawyer will write to you.",
    "I'm going to sue you if nobody comes",
    "I will go to the press about this",
    "This is unacceptable.",
    "You are all useless!",
    "What a disgrace",
    "I am fed up with this",
    "sick of waiting for you lot",
    "We are stopping paying the fee until it works",
    "bunch of idiots",
    "Shame on you",
    "You're a joke",
    "Voy a denunciaros",
    "Voy a llamar a mi abogado",
    "Sois unos inútiles",
    "Esto es inaceptable",
    "estoy harta de esperar",
    "QUÉ VERGÜENZA",
    "Quiero la hoja de reclamaciones ya",
    "me voy a los medios, hablaré con la prensa",
    "una tomadura de pelo",
    "我要投诉你们",
    "再不来我就找律师",
    "你们这帮骗子",
    "垃圾物业",
    "我要打12345",
    "太过分了",
    "下次法院见",
    "我要找媒体曝光你们",
]
PRESSING = [
    "This is the third time I am writing.",
    "Still nothing?",
    "when will someone come?",
    "any news",
    "Nobody has answered me",
    "how much longer",
    "I've been waiting since Monday",
    "I have told you 3 times already",
    "THE LIGHT IS STILL OUT",
    "Please come!!!",
    "3rd time",
    "Es la tercera vez que escribo",
    "sigo esperando",
    "¿Cuándo vienen?",
    "todavía nada",
    "Nadie ha venido",
    "llevo 3 días sin luz",
    "hasta cuándo",
    "第三次了",
    "怎么还没人来",
    "还要等多久",
    "到现在还没修好",
    "什么时候能修好",
    "没人管吗",
    "快点！！！",
]
# They hold words that are sharp or pressing elsewhere.
CALM = [
    "",
    "👍",
    "Thank you!!!",
    "THANK YOU SO MUCH, THE LAMP WORKS",
    "¡¡¡Muchas gracias!!!",
    "谢谢！！！",
    "The light on the landing is out.",
    "No hurry, whenever you can. When will someone come?",
    "Sin prisa, ¿cuándo vienen?",
    "不急，什么时候能来？",
    "Sorry for the stupid question",
    "Thieves broke into the store room, please change the lock",
    "There is dog shit in the lift",
    "My neighbour is a lawyer and lives in flat 3",
    "The newspaper was not delivered",
    "The press in the laundry room is broken",
    "The switch is useless, it does nothing",
    "I do not want to go to the press, I just want it repaired.",
    "I don't think it is unacceptable",
    "I would never call my lawyer for this",
    "A disgusting smell comes from the drain",
    "It is flat 14, TV and WIFI are fine",
    "USB HDMI TV",
    "I paid the fee",
    "It is not a joke: the tap sings.",
    "Me da vergüenza preguntar",
    "Hay mierda de perro en el portal",
    "Entraron ladrones en el trastero",
    "No quiero llamar a mi abogado",
    "El abogado del vecino vive en el tercero",
    "La prensa llega tarde al buzón",
    "El segundo piso, puerta B",
    "我是律师，住三号楼",
    "垃圾桶满了",
    "垃圾没倒",
    "我不想找律师",
    "家里没人",
    "滚烫的水从水龙头出来",
    "我还没交物业费",
    "我们上次见过",
    "The lamp has been repaired, nothing else.",
    "Ours is the second door on the left",
]


@pytest.mark.parametrize("text", SHARP)
def test_threats_insults_and_the_end_of_patience_are_sharp(text: str) -> None:
    assert mood_of(text) is Mood.SHARP


@pytest.mark.parametrize("text", PRESSING)
def test_asking_again_and_shouting_is_pressing(text: str) -> None:
    assert mood_of(text) is Mood.PRESSING


@pytest.mark.parametrize("text", CALM)
def test_what_only_looks_like_it_is_calm(text: str) -> None:
    assert mood_of(text) is Mood.CALM


def test_a_denial_reaches_no_further_than_its_clause() -> None:
    assert mood_of("No. This is unacceptable") is Mood.SHARP
    assert mood_of("Nobody came, no, unacceptable") is Mood.SHARP


def test_shouting_needs_several_words_and_most_of_the_message() -> None:
    assert is_shouting("NOBODY EVER ANSWERS ME")
    assert not is_shouting("The sign says NO ENTRY and it is wrong, I think")
    assert not is_shouting("OK A-1042")
    assert not is_shouting("物业什么时候来")


def test_alternatives_of_phrases_are_spelled_out_also_within_words() -> None:
    assert expand("hart(o/a) de") == ["harto de", "harta de"]
    assert expand("a (b/c (d/e))") == ["a b", "a c d", "a c e"]
    assert expand("很(久/-)了") == ["很久了", "很了"]
    for wrong in ("a (b", "a) b"):
        with pytest.raises(ValueError):
            expand(wrong)


def test_a_long_message_is_read_in_no_time() -> None:
    assert mood_of("still nothing " * 300) is Mood.PRESSING
