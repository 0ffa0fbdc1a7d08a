"""Content as staff change it, seen from those who use it: owners, operators, colleagues."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import Article, AuditEntry, CannedReply, ServiceItem
from ownerdesk.queries.canned_replies import list_canned_replies
from ownerdesk.queries.guides import find_guide
from ownerdesk.queries.knowledge import find_articles
from ownerdesk.queries.paid_services import find_item_by_code
from ownerdesk.rules.fields import Unusable
from ownerdesk.rules.gaps import find_gaps
from ownerdesk.rules.refusals import ChangedMeanwhile
from ownerdesk.rules.variables import VARIABLES
from ownerdesk.services.articles import get_article, list_articles, save_article, values_of
from ownerdesk.services.content import _read
from ownerdesk.services.content_edits import (
    ContentNotFound,
    add_content,
    find_own,
    offer_content,
    save_content,
)
from ownerdesk.services.content_kinds import GUIDES, REPLIES, SERVICES
from tests.make import NOON, Cast, make_cast

REPLY = {"names": {"en": "Gate"}, "bodies": {"en": "It is mended."}, "category": None}


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def test_what_is_shipped_is_whole_in_three_languages_and_names_known_variables() -> None:
    replies = _read("canned_replies.yml")
    assert len(replies) >= 25
    for reply in replies:
        assert set(reply["names"]) == set(reply["bodies"]) == {"en", "es", "zh"}
        gaps = {find_gaps(body) for body in reply["bodies"].values()}
        assert len(gaps) == 1, reply["shortcut"]
        assert gaps.pop() <= set(VARIABLES)
    for category, guide in _read("guides.yml").items():
        assert set(guide["steps"]) == set(guide["tools"]) == {"en", "es", "zh"}, category
        assert len({len(steps) for steps in guide["steps"].values()}) == 1, category


def test_a_code_is_taken_once_in_a_project_and_free_in_another(
    session: Session, cast: Cast
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    add_content(session, REPLIES, cast.project.id, "gate", REPLY, by=cast.boris, at=NOON)
    with pytest.raises(Unusable):
        add_content(session, REPLIES, cast.project.id, "gate", REPLY, by=cast.boris, at=NOON)
    theirs = add_content(session, REPLIES, other.project.id, "gate", REPLY, by=other.boris, at=NOON)
    with pytest.raises(ContentNotFound):
        save_content(session, REPLIES, cast.project.id, theirs.id, REPLY, by=cast.boris, at=NOON)


def test_switching_off_what_all_have_hides_it_in_one_project_only(
    session: Session, cast: Cast
) -> None:
    common = session.scalars(select(CannedReply).where(CannedReply.shortcut == "hello")).one()
    for is_offered in (False, True):
        offer_content(
            session, REPLIES, cast.project.id, common.id, is_offered=is_offered, by=cast.boris,
            at=NOON,
        )  # fmt: skip
        found = [
            [r.shortcut for r in list_canned_replies(session, project_id=project_id)]
            for project_id in (cast.project.id, None)
        ]
        assert ("hello" in found[0], "hello" in found[1]) == (is_offered, True)


def test_a_change_that_changes_nothing_leaves_no_trace(session: Session, cast: Cast) -> None:
    row = add_content(session, REPLIES, cast.project.id, "gate", REPLY, by=cast.boris, at=NOON)
    save_content(session, REPLIES, cast.project.id, row.id, REPLY, by=cast.boris, at=NOON)
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions == ["canned_reply.added"]


def test_a_projects_own_service_is_ordered_instead_of_the_common_one(
    session: Session, cast: Cast
) -> None:
    common = session.scalars(select(ServiceItem).where(ServiceItem.code == "lamp_fitting")).one()
    values = {f.name: getattr(common, f.name) for f in SERVICES.fields} | {"price": "99.00"}
    save_content(session, SERVICES, cast.project.id, common.id, values, by=cast.boris, at=NOON)
    found = [find_item_by_code(session, p, "lamp_fitting") for p in (cast.project.id, None)]
    assert [str(item.price) for item in found if item] == ["99.00", "35.00"]


def test_a_projects_own_guide_is_on_its_job_cards_and_english_where_a_language_lacks_it(
    session: Session, cast: Cast
) -> None:
    own = {"steps": {"en": ["Look", "Mend"]}, "tools": {}}
    common = find_own(session, GUIDES, None, "lighting")
    assert common is not None
    save_content(session, GUIDES, cast.project.id, common.id, own, by=cast.boris, at=NOON)
    guide = find_guide(session, cast.project.id, "lighting", "zh")
    assert guide is not None
    assert (guide.steps, guide.tools) == (["Look", "Mend"], [])
    shipped = find_guide(session, None, "lighting", "zh")
    assert shipped is not None
    assert "先断开该回路并验电" in shipped.steps
    assert "梯子" in shipped.tools


def answers(session: Session, cast: Cast | None, question: str, language: str = "en") -> list[str]:
    project_id = cast.project.id if cast else None
    matches = find_articles(
        session, question, list(encode(question)), language=language, project_id=project_id
    )
    return [m.article.title for m in matches if m.is_good]


def test_an_article_worded_anew_is_found_by_its_new_words_in_the_same_moment(
    session: Session, cast: Cast
) -> None:
    question = "what does my property fee pay for"
    article = session.scalars(
        select(Article).where(Article.slug == "what-the-fee-covers", Article.language == "en")
    ).one()
    values = values_of(get_article(session, cast.project.id, article.id))
    own = {
        "titles": {"en": "Where zebras are parked"}, "bodies": {"en": "In the zebra stable."},
        "keywords": {"en": ["zebra", "stable"]}, "category": "parking",
    }  # fmt: skip
    save_article(session, cast.project.id, article.id, own, encode=encode, by=cast.boris, at=NOON)
    assert answers(session, cast, "where do I park my zebra")[0] == "Where zebras are parked"
    assert values["titles"]["en"] not in answers(session, cast, question)
    assert values["titles"]["en"] in answers(session, None, question)
    spanish = answers(session, cast, "qué cubre la cuota de la comunidad", "es")
    assert values["titles"]["es"] not in spanish, "the own one takes the place of all of it"
    save_article(
        session, cast.project.id, article.id, {"is_offered": False}, encode=encode, by=cast.boris,
        at=NOON,
    )  # fmt: skip
    assert "Where zebras are parked" not in answers(session, cast, "where do I park my zebra")


def test_a_language_that_is_emptied_goes_and_an_old_form_is_refused(
    session: Session, cast: Cast
) -> None:
    own = {
        "titles": {"en": "A", "es": "B"}, "bodies": {"en": "a", "es": "b"}, "keywords": {},
        "category": "other",
    }  # fmt: skip
    row = list_articles(session, None)[0][0]
    change = {"encode": encode, "by": cast.boris, "at": NOON}
    kept = save_article(session, cast.project.id, row.id, own, **change)  # type: ignore[arg-type]
    assert {r.language for r in kept} == {"en", "es"}
    less = {**own, "titles": {"en": "A"}, "bodies": {"en": "a"}}
    kept = save_article(session, cast.project.id, row.id, less, **change)  # type: ignore[arg-type]
    assert {r.language for r in kept} == {"en"}
    with pytest.raises(ChangedMeanwhile):
        save_article(session, cast.project.id, row.id, own, seen="old", **change)  # type: ignore[arg-type]
