"""What the owners of the demo write before the walk: some thirty messages in three languages, each by somebody else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from demo import cast
from demo.client import NothingCameError, Phone, StandIn, list_buttons
from demo.errors import Json
from tests.journeys.pictures import make_photo

ANSWER_SECONDS = 60.0
TOGETHER = 4  # so many owners write at the same moment


@dataclass(frozen=True)
class Scene:
    """What somebody of the cast writes; `press` is the action of a button they then press, `photo` comes with it."""

    key: str
    words: str
    press: str = ""
    photo: bool = False

    @property
    def person(self) -> cast.Person:
        return next(p for p in cast.PEOPLE if p.key == self.key)


SCENES = (
    Scene("a-1-01-main", "The light on the landing of the second floor is out."),
    Scene("a-1-03-main", "厨房水龙头一直滴水，能派人来看看吗？"),
    Scene("a-2-02-main", "What about my appeal, when is somebody coming for the balcony drain?"),
    Scene("a-2-04-main", "How much does it cost to hang a ceiling lamp?", press="order"),
    Scene("a-3-05-main", "La calefacción de mi piso no calienta desde ayer."),
    Scene("a-1-02-main", "You billed me twice for the property fee and nobody answers my letters."),
    Scene("a-1-04-main", "I want to talk to a person"),
    Scene(
        "a-1-05-main", "El vecino de arriba hace obras a las once de la noche, es la tercera vez."
    ),
    Scene("a-1-06-main", "The handrail on the stairs is loose.", photo=True),
    Scene("a-1-07-main", "The lift makes a grinding noise between the first and second floor."),
    Scene("a-1-08-main", "四楼楼道的灯不亮了。"),
    Scene("a-1-09-main", "What does the property fee cover?", press="human"),
    Scene("a-1-10-main", "The bin room smells awful and nobody has cleaned it this week."),
    Scene("a-2-01-main", "The kitchen tap only gives a thin trickle, the bathroom is fine."),
    Scene("a-2-03-main", "已经三个星期没有热水了，你们一直说马上修。"),
    Scene("a-2-05-main", "¿Cuánto cuesta que me cuelguen una lámpara en el salón?", press="order"),
    Scene("a-2-06-main", "My radiator stays cold, and my last bill is wrong."),
    Scene("a-2-08-main", "请人上门装吊灯要多少钱？", press="order"),
    Scene("a-2-09-main", "My entrance fob stopped working this morning."),
    Scene("a-2-10-main", "The gate of the garage does not close any more."),
    Scene("a-3-01-main", "How do I get a second key for the bicycle room?"),
    Scene("a-3-02-main", "/human"),
    Scene("a-3-03-main", "楼道里一直有人抽烟，味道都飘到我家了。"),
    Scene("a-3-04-main", "The intercom buzzes but I hear nobody."),
    Scene("a-3-06-main", "The drain in the yard is blocked and water stands at the entrance."),
    Scene(
        "a-3-07-main", "The hedge by the playground grows over the path, children get scratched."
    ),
    Scene("a-3-08-main", "我要找人工客服"),
    Scene("a-3-09-main", "The shower drains very slowly."),
    Scene("a-3-10-main", "The socket in my hall is loose."),
    Scene("a-1-01-family", "It is dark on our landing, the lamp on the second floor is broken."),
    Scene("a-1-05-family", "La puerta del portal no cierra bien y entra frío."),
    Scene("a-2-02-family", "En el garaje hay un coche ajeno aparcado en mi plaza."),
    Scene("a-2-07-family", "小区健身房的跑步机坏了。"),
    Scene("a-3-03-family", "快递柜打不开，我的包裹取不出来。"),
    Scene("a-2-07-main", "There is a strong smell of gas in the stairwell"),
)


async def write_all(stand_in_url: str, stand_in: StandIn, scenes: tuple[Scene, ...]) -> None:
    """Everybody writes; those whom the company does not know yet share their number first. Returns once all are answered
    or have waited for a minute."""
    gate = asyncio.Semaphore(TOGETHER)

    async def play(scene: Scene) -> None:
        async with gate:
            await _write(stand_in_url, await _find_phone(stand_in, scene.person), scene)

    await asyncio.gather(*(play(scene) for scene in scenes))


async def _find_phone(stand_in: StandIn, person: cast.Person) -> int:
    if person.telegram_id is not None:
        return person.telegram_id
    added = await stand_in.add_person(
        person.first_name, last_name=person.last_name, phone=person.phone,
        language_code=person.language, started=True,
    )  # fmt: skip
    return int(added["id"])


async def _write(stand_in_url: str, person_id: int, scene: Scene) -> None:
    async with Phone(stand_in_url, person_id) as phone:
        if not scene.person.linked:
            await phone.share_contact()
            await phone.wait_for(seconds=ANSWER_SECONDS)
        if scene.photo:
            await phone.send_photo(make_photo(320, 150), scene.words)
        else:
            await phone.send_text(scene.words)
        try:
            answer = await phone.wait_for(
                lambda m: not scene.press or _find_button(m, scene.press) is not None,
                seconds=ANSWER_SECONDS,
            )
        except NothingCameError:
            print(f"No answer to what {scene.key} wrote.")
            return
        if scene.press:
            await phone.press(answer, data=_find_button(answer, scene.press))


def _find_button(message: Json, action: str) -> str | None:
    """The callback data of the button that does this."""
    for button in list_buttons(message):
        if str(button["callback_data"]).split(":")[1] == action:
            return str(button["callback_data"])
    return None
