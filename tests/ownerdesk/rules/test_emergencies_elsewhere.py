"""The emergency rules in the twelve languages that are read but not answered in: a few phrases each, unmistakable ones."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from ownerdesk.rules.emergencies import detect, detect_with
from ownerdesk.rules.emergency_phrases.lexicon import PHRASES_FOLDER, load_lexicon
from ownerdesk.supervisor.roster import REPOSITORY

LANGUAGES = ("fr", "de", "it", "pt", "ru", "ar", "ja", "ko", "pl", "tr", "th", "nl")
COMMON_KINDS = {"fire", "gas_leak", "entrapment", "flooding", "medical", "crime"}

CERTAIN: list[tuple[str, str, str]] = [
    ("fr", "fire", "Au feu ! ça brûle dans la cave"),
    ("fr", "gas_leak", "Ça sent le gaz dans l'escalier"),
    ("fr", "entrapment", "Je suis bloquée dans l'ascenseur"),
    ("fr", "flooding", "Un tuyau a éclaté, l'appartement est inondé"),
    ("fr", "medical", "Ma mère est inconsciente, elle ne respire plus"),
    ("fr", "crime", "Un cambrioleur est dans l'appartement"),
    ("de", "fire", "Es brennt im Treppenhaus"),
    ("de", "gas_leak", "Im Keller riecht es nach Gas"),
    ("de", "entrapment", "Wir stecken im Aufzug fest"),
    ("de", "flooding", "Rohrbruch! Die Wohnung ist überflutet"),
    ("de", "medical", "Ein Mann ist bewusstlos im Hof"),
    ("de", "crime", "Da ist ein Einbrecher in der Wohnung"),
    ("it", "fire", "C'è un incendio in cantina"),
    ("it", "gas_leak", "C'è puzza di gas nelle scale"),
    ("it", "entrapment", "Sono bloccato nell'ascensore"),
    ("it", "flooding", "È scoppiato un tubo, la casa è allagata"),
    ("it", "medical", "Mio padre è svenuto e non respira"),
    ("it", "crime", "Ci sono i ladri in casa"),
    ("pt", "fire", "Está pegando fogo na garagem"),
    ("pt", "gas_leak", "Tem um cheiro forte de gás no corredor"),
    ("pt", "entrapment", "Estamos presos no elevador"),
    ("pt", "flooding", "O cano estourou e está tudo alagado"),
    ("pt", "medical", "Meu pai desmaiou e não respira"),
    ("pt", "crime", "Tem um ladrão dentro do apartamento"),
    ("ru", "fire", "Горит квартира на пятом этаже"),
    ("ru", "gas_leak", "В подъезде пахнет газом"),
    ("ru", "entrapment", "Мы застряли в лифте"),
    ("ru", "flooding", "Прорвало трубу, нас затопило"),
    ("ru", "medical", "Мужчина без сознания у подъезда"),
    ("ru", "crime", "Кто-то взламывает мою дверь"),
    ("ar", "fire", "حريق في المطبخ"),
    ("ar", "fire", "النار تشتعل في الطابق الثالث"),
    ("ar", "gas_leak", "رائحة غاز قوية في الممر"),
    ("ar", "gas_leak", "يوجد تسرب غاز"),
    ("ar", "entrapment", "أنا عالق في المصعد"),
    ("ar", "entrapment", "نحن محتجزون داخل المصعد"),
    ("ar", "flooding", "انفجر أنبوب المياه والشقة غرقت"),
    ("ar", "medical", "أبي فاقد الوعي ولا يتنفس"),
    ("ar", "crime", "لص يحاول اقتحام الشقة"),
    ("ja", "fire", "火事です！3階から煙が出ています"),
    ("ja", "fire", "キッチンが燃えています"),
    ("ja", "gas_leak", "廊下がガス臭い"),
    ("ja", "gas_leak", "ガス漏れしています"),
    ("ja", "entrapment", "エレベーターに閉じ込められました"),
    ("ja", "flooding", "水道管が破裂して部屋が水浸しです"),
    ("ja", "medical", "父が倒れて意識がありません"),
    ("ja", "medical", "息をしていません"),
    ("ja", "crime", "知らない人が部屋に侵入しています"),
    ("ko", "fire", "불이 났어요! 주방에서요"),
    ("ko", "fire", "3층에 화재가 발생했어요"),
    ("ko", "gas_leak", "복도에서 가스 냄새가 나요"),
    ("ko", "gas_leak", "가스가 새고 있어요"),
    ("ko", "entrapment", "엘리베이터에 갇혔어요"),
    ("ko", "flooding", "수도관이 터져서 집이 물바다예요"),
    ("ko", "medical", "아버지가 쓰러졌는데 의식이 없어요"),
    ("ko", "medical", "숨을 안 쉬어요"),
    ("ko", "crime", "도둑이 집에 들어왔어요"),
    ("pl", "fire", "Pali się na klatce schodowej"),
    ("pl", "fire", "Pożar w piwnicy!"),
    ("pl", "gas_leak", "Na klatce czuć gaz"),
    ("pl", "gas_leak", "Ulatnia się gaz w kuchni"),
    ("pl", "entrapment", "Utknęliśmy w windzie"),
    ("pl", "flooding", "Pękła rura i zalewa mieszkanie"),
    ("pl", "medical", "Tata jest nieprzytomny, nie oddycha"),
    ("pl", "crime", "Ktoś włamuje się do mieszkania"),
    ("tr", "fire", "Yangın var, üçüncü kat"),
    ("tr", "fire", "Bodrumda yangın çıktı"),
    ("tr", "gas_leak", "Merdivende gaz kokusu var"),
    ("tr", "gas_leak", "gaz kaçağı var"),
    ("tr", "entrapment", "Asansörde mahsur kaldık"),
    ("tr", "flooding", "Boru patladı, evi su bastı"),
    ("tr", "medical", "Babam bayıldı, nefes almıyor"),
    ("tr", "crime", "Eve hırsız girdi"),
    ("th", "fire", "ไฟไหม้ที่ห้องครัว"),
    ("th", "gas_leak", "ได้กลิ่นแก๊สที่ทางเดิน"),
    ("th", "gas_leak", "แก๊สรั่ว"),
    ("th", "entrapment", "ติดอยู่ในลิฟต์"),
    ("th", "flooding", "ท่อแตก น้ำท่วมห้อง"),
    ("th", "medical", "พ่อหมดสติ ไม่หายใจ"),
    ("th", "crime", "มีขโมยเข้าบ้าน"),
    ("nl", "fire", "Er is brand in de kelder"),
    ("nl", "fire", "het trappenhuis staat in brand"),
    ("nl", "gas_leak", "Ik ruik gas in de gang"),
    ("nl", "gas_leak", "er is een gaslek"),
    ("nl", "entrapment", "We zitten vast in de lift"),
    ("nl", "flooding", "Een leiding is gesprongen, het huis staat blank"),
    ("nl", "medical", "Mijn vader is bewusteloos en ademt niet"),
    ("nl", "crime", "Er is een inbreker in huis"),
]

QUIET: list[str] = [
    "de brandblusser in de gang is verlopen",
    "ik ruik geen gas",
    "vorige week was er brand in de kelder",
    "wat moet ik doen bij brand?",
    "mijn gasrekening klopt niet",
    "de rookmelder piept, batterij leeg",
    "de lift is kapot",
    "het licht brandt de hele dag",
    "gaśnica na klatce straciła ważność",
    "nie pali się światło na klatce",
    "światło się nie pali",
    "nie ma pożaru, tylko światło nie działa",
    "wczoraj był pożar w piwnicy",
    "rachunek za gaz jest za wysoki",
    "czujnik dymu piszczy",
    "winda nie działa",
    "co robić w razie pożaru?",
    "yangın tüpünün tarihi geçmiş",
    "yangın yok, sadece ışık yanmıyor",
    "gaz kokusu yok",
    "geçen hafta yangın çıktı, hasarı kim ödeyecek",
    "doğal gaz faturası çok yüksek",
    "asansör bozuk",
    "merdivende ışık sürekli yanıyor",
    "yangın tatbikatı ne zaman",
    "طفاية الحريق منتهية الصلاحية",
    "لا يوجد حريق",
    "لا توجد رائحة غاز",
    "المصعد معطل",
    "فاتورة الغاز مرتفعة",
    "ماذا افعل اذا شممت رائحة غاز؟",
    "الاسبوع الماضي كان هناك حريق",
    "消火器の期限が切れています",
    "火事ではありません、電気が切れているだけです",
    "煙はありません",
    "ガス代が高すぎます",
    "エレベーターが止まっています",
    "先週火事がありました",
    "避難訓練はいつですか",
    "もしガス臭い場合はどうすればいいですか",
    "소화기 유효기간이 지났어요",
    "복도 불이 나갔어요",
    "불이 안 켜져요",
    "가스 냄새는 안 나요",
    "가스요금이 너무 많이 나왔어요",
    "엘리베이터가 고장났어요",
    "지난주에 불이 났었어요",
    "소방훈련 언제 하나요",
    "ถังดับเพลิงหมดอายุ",
    "ไม่มีไฟไหม้",
    "ค่าแก๊สแพงมาก",
    "ลิฟต์เสีย",
    "เมื่อวานไฟไหม้",
    "ถ้าไฟไหม้ต้องทำอย่างไร",
    "l'estintore è scaduto",
    "в подъезде не горит свет",
    "нет горячей воды",
    "l'extincteur du couloir est périmé",
    "pas d'odeur de gaz, juste une question",
    "der Feuerlöscher im Flur ist abgelaufen",
    "letzte Woche war Rauch im Keller",
    "a conta de gás veio muito alta",
    "ieri c'era fumo in cantina",
]

CALLS: list[str] = [
    "au secours", "hilfe", "aiuto", "me ajudem por favor", "помогите", "النجدة", "助けて", "살려주세요",
    "ratunku", "imdat", "ช่วยด้วย", "help mij",
]  # fmt: skip


@pytest.mark.parametrize(("language", "kind", "text"), CERTAIN)
def test_a_plain_danger_is_certain_in_every_language_within_reach(
    language: str, kind: str, text: str
) -> None:
    sign = detect(text)
    assert sign is not None
    assert (sign.kind, sign.certain) == (kind, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commonest_kinds_are_covered(language: str) -> None:
    assert {kind for lang, kind, _ in CERTAIN if lang == language} >= COMMON_KINDS


@pytest.mark.parametrize("text", CALLS)
def test_a_call_for_help_alone_is_looked_at_by_a_person(text: str) -> None:
    sign = detect(text)
    assert sign is not None
    assert not sign.certain


@pytest.mark.parametrize("text", QUIET)
def test_what_is_denied_past_or_a_thing_of_the_house_is_no_emergency(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_no_phrase_of_theirs_means_danger_in_a_supported_language(
    language: str, tmp_path: Path
) -> None:
    """ "Mes" is a knife in Dutch and a month in Spanish; 火事 is a fire in Japanese and a part of 着火事件."""
    for name in ("signs.yml", "en.yml", "es.yml", "zh.yml", "more.yml"):
        shutil.copy(PHRASES_FOLDER / name, tmp_path)
    alone = load_lexicon(tmp_path)
    path = REPOSITORY / "tests" / "data" / "messages" / f"{language}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    assert [t for t in texts if detect(t) != detect_with(t, alone)] == []
