"""A category of the company's own is trained by the trainer itself, read in a message, and reaches its department."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, Conversation, NluModel, Training
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import Reading
from ownerdesk.services import trainings as service
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.categories import add_category
from ownerdesk.services.intake import keep_reading
from ownerdesk.supervisor.reading import run_rasa
from tests.conftest import NOON
from tests.make import Cast, make_department, make_message, make_staff
from tests.trainer.small_repository import make_small_repository
from trainer import data, training
from trainer.training import run_training

BIKES = "bike_parking"
EXAMPLES = {
    "en": [
        "my bicycle does not fit into the bike room any more, all racks are taken",
        "please give me a place for two bikes in the bicycle cellar",
        "somebody hung his bike on my hook in the bike room",
        "the rack for bicycles by entrance 2 is bent and my wheel is stuck in it",
        "can you clear the abandoned bikes out of the bicycle room",
        "I need a key for the bike cellar, I bought a bicycle",
        "the bike shed is so full that I carry my bicycle up to the flat",
        "there is no hook left for a child's bike",
    ],
    "es": [
        "no cabe mi bicicleta en el cuarto de bicis, todos los ganchos ocupados",
        "necesito un sitio para dos bicicletas en el trastero de bicis",
        "hay bicis abandonadas en el cuarto de bicicletas, quitadlas por favor",
        "el aparcabicis de la entrada está torcido y mi rueda no sale",
        "quiero una llave del cuarto de las bicis, acabo de comprar una bicicleta",
        "alguien ha colgado su bici en mi gancho",
    ],
    "zh": [
        "自行车房满了，我的单车没有地方放",
        "请给我两个自行车停放位",
        "自行车棚的架子弯了，车轮卡住了",
        "单车房里有很多没人要的旧自行车，请清理",
        "我买了自行车，需要自行车房的钥匙",
        "有人把他的单车挂在我的挂钩上",
    ],
}
SAID = {
    "en": "all the racks in the bicycle room are taken again, where do I put my bike?",
    "es": "en el cuarto de bicis ya no hay gancho para mi bicicleta",
    "zh": "自行车房又满了，我的自行车放哪里",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = make_small_repository(tmp_path / "repository")
    for module in (training, data):
        monkeypatch.setattr(module, "REPOSITORY", root)
    return root


def set_up(session: Session, cast: Cast) -> int:
    """An admin adds it with a department and first examples, and presses for a training."""
    root = make_staff(session, None, "Root", "admin")
    make_department(session, cast.project, "grounds", ["landscaping"])
    add_category(
        session, code=BIKES, group="community", department_code="grounds", nature="help_seeking",
        names={"en": "Bicycles", "es": "Bicicletas", "zh": "自行车"}, examples=EXAMPLES, by=root,
        at=NOON,
    )  # fmt: skip
    training_id = service.request_training(session, by=root, at=NOON).id
    assert service.begin_training(session, training_id, at=NOON)
    return training_id


def take_in(session: Session, cast: Cast, text: str, reading: Reading) -> Appeal:
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, text)
    kept = keep_reading(session, message, reading)
    return register_appeal(
        session, conversation, message, nature=kept.nature, category=kept.category, at=NOON,
        may_join=False,
    )  # fmt: skip


@pytest.mark.timeout(900)
def test_a_new_category_is_learnt_read_and_reaches_its_department(
    core: Core, cast: Cast, small: Path
) -> None:
    training_id = core.transact_now(set_up, cast)
    asyncio.run(run_training(core, training_id))
    with core.sessions() as session:
        done = session.get_one(Training, training_id)
        assert (done.state, done.error) == ("done", None), done.log
        [model] = session.scalars(select(NluModel))
        assert model.state == "candidate"
        assert model.data["own_examples"] == sum(map(len, EXAMPLES.values()))
        assert model.report is not None
        assert model.report["sets"]["Test messages"]["count"] >= 100

    async def read() -> list[Reading]:
        path = core.settings.models_dir / model.file
        async with run_rasa(core.settings, path, "test", lambda text: None) as own:
            return await own.client.parse_many(list(SAID.values()))

    for text, reading in zip(SAID.values(), asyncio.run(read()), strict=True):
        assert (reading.category, reading.nature) == (BIKES, Nature.HELP_SEEKING), text
        appeal = core.transact_now(take_in, cast, text, reading)
        with core.sessions() as session:
            stored = session.get_one(Appeal, appeal.id)
            assert stored.category == BIKES
            assert stored.department is not None
            assert stored.department.code == "grounds"
