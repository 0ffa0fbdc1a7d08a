"""What goes wrong in a month: small things at single homes, things a whole building reports, emergencies, works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ownerdesk.simulation.town import House, Town

# A home writes about so many matters of its own in a month.
OWN_MATTERS = 0.7
# A building has so many faults that many report, and so many emergencies, in a month.
SHARED_FAULTS = 0.5
EMERGENCIES = 0.12
WORKS = 0.15
MONTH = timedelta(days=30)

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "lighting": {
        "en": ("The lights on the stairs have gone out", "The whole staircase is dark"),
        "es": ("Se ha ido la luz de la escalera", "La escalera está a oscuras"),
        "zh": ("楼梯间的灯全都不亮了", "楼道里一片漆黑"),
    },
    "elevator": {
        "en": ("The lift does not move", "The lift is out of order again"),
        "es": ("El ascensor está parado", "El ascensor no funciona"),
        "zh": ("电梯坏了，停着不动", "电梯又停了"),
    },
    "water_supply": {
        "en": ("There is no water in the flat", "Nothing comes out of the taps"),
        "es": ("No sale agua de ningún grifo", "No hay agua en casa"),
        "zh": ("家里没水了", "水龙头没有水"),
    },
    "heating": {
        "en": ("The radiators are cold", "No heating at all today"),
        "es": ("No funciona la calefacción", "Los radiadores están fríos"),
        "zh": ("暖气不热", "今天完全没有暖气"),
    },
    "doors_access": {
        "en": ("The garage gate stays open", "The garage door will not close"),
        "es": ("La puerta del garaje no cierra", "El portón se queda abierto"),
        "zh": ("车库大门关不上了", "车库门一直开着"),
    },
    "cleaning": {
        "en": ("The bins are overflowing", "The rubbish has not been collected"),
        "es": ("Los contenedores están a rebosar", "No han recogido la basura"),
        "zh": ("垃圾好几天没人收了", "垃圾桶满出来了"),
    },
    "noise": {
        "en": ("Loud music above me every night",),
        "es": ("Música a todo volumen cada noche",),
        "zh": ("楼上每天晚上放音乐很吵",),
    },
    "property_fee": {
        "en": ("My fee for this month is wrong",),
        "es": ("La cuota de este mes está mal",),
        "zh": ("这个月的物业费算错了",),
    },
    "parking": {
        "en": ("Somebody stands on my parking place",),
        "es": ("Hay un coche en mi plaza",),
        "zh": ("我的车位被占了",),
    },
    "staff_conduct": {
        "en": ("The guard was rude to my mother",),
        "es": ("El vigilante fue muy maleducado",),
        "zh": ("保安态度很差",),
    },
}
SHARED = ("lighting", "elevator", "water_supply", "heating", "doors_access", "cleaning")
EMERGENCY_WORDS = {
    "flooding": {
        "en": "Water is pouring through my ceiling!",
        "es": "¡Entra agua a chorros por el techo!",
        "zh": "天花板在哗哗漏水，快来人！",
    },
    "fire": {
        "en": "Fire! There is smoke on the stairs!",
        "es": "¡Fuego! ¡Hay humo en la escalera!",
        "zh": "着火了！楼道里都是烟！",
    },
}


@dataclass(frozen=True)
class Saying:
    """An owner is to write something at a time."""

    at: datetime
    chat: int
    words: str
    nature: str
    category: str
    kind: str | None = None


@dataclass(frozen=True)
class Plan:
    """Staff plan works in a building."""

    at: datetime
    building_id: int
    category: str
    starts_at: datetime
    ends_at: datetime
    days_before: int | None


def draw_month(
    rng: Random, town: Town, *, begins: datetime, days: int, trouble: float = 1.0
) -> tuple[list[Saying], list[Plan]]:
    """Everything that will happen by itself; what people do about it is decided when it comes to it."""
    sayings: list[Saying] = []
    plans: list[Plan] = []
    length = timedelta(days=days)
    for house in town.houses:
        share = trouble * (length / MONTH)
        for home in house.homes:
            for _ in range(_count(rng, OWN_MATTERS * share)):
                at = _moment(rng, begins, length)
                category = rng.choice(list(WORDS))
                nature = "dissatisfaction" if category == "staff_conduct" or rng.random() < 0.15 else (
                    "consultation" if category == "property_fee" else "help_seeking"
                )  # fmt: skip
                words = rng.choice(WORDS[category][home.language])
                sayings.append(Saying(at, home.chat, words, nature, category))
        for _ in range(_count(rng, SHARED_FAULTS * share)):
            sayings += _shared(rng, house, _moment(rng, begins, length))
        for _ in range(_count(rng, EMERGENCIES * share)):
            sayings += _emergency(rng, house, _moment(rng, begins, length))
        for _ in range(_count(rng, WORKS * share)):
            plans.append(_works(rng, house, _moment(rng, begins, length)))
    return sorted(sayings, key=lambda s: (s.at, s.chat)), sorted(
        plans, key=lambda p: (p.at, p.building_id)
    )


def _count(rng: Random, mean: float) -> int:
    """How often something of this mean happens: one more as long as the dice say so."""
    count = int(mean)
    return count + (rng.random() < mean - count)


def _moment(rng: Random, begins: datetime, length: timedelta) -> datetime:
    """By day three times as often as at night."""
    while True:
        at = begins + timedelta(seconds=rng.randrange(int(length.total_seconds())))
        if 7 <= at.hour < 22 or rng.random() < 0.3:
            return at


def _shared(rng: Random, house: House, at: datetime) -> list[Saying]:
    category = rng.choice(SHARED)
    entrance = rng.choice(house.homes).entrance
    near = [home for home in house.homes if home.entrance == entrance]
    reporting = rng.sample(near, min(len(near), rng.randint(3, 9)))
    return [
        Saying(
            at + timedelta(minutes=rng.randrange(150)),
            home.chat,
            rng.choice(WORDS[category][home.language]),
            "help_seeking",
            category,
        )
        for home in reporting
    ]


def _emergency(rng: Random, house: House, at: datetime) -> list[Saying]:
    kind = rng.choice(list(EMERGENCY_WORDS))
    reporting = rng.sample(house.homes, min(len(house.homes), rng.choice((1, 1, 2, 3))))
    category = {"flooding": "drainage", "fire": "fire_safety"}[kind]
    return [
        Saying(
            at + timedelta(minutes=rng.randrange(10)),
            home.chat,
            EMERGENCY_WORDS[kind][home.language],
            "emergency",
            category,
            kind,
        )
        for home in reporting
    ]


def _works(rng: Random, house: House, at: datetime) -> Plan:
    starts_at = (at + timedelta(days=rng.randint(2, 6))).replace(hour=9, minute=0, second=0)
    return Plan(
        at,
        house.building_id,
        rng.choice(("elevator", "water_supply", "heating")),
        starts_at,
        starts_at + timedelta(hours=rng.randint(2, 6)),
        rng.choice((None, 1, 3)),
    )
