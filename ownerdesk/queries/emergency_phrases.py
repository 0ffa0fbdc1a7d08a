"""Which emergency phrases count, and looking for danger with them."""

from __future__ import annotations

import logging

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ownerdesk.model import EmergencyPhraseSet
from ownerdesk.queries import versions
from ownerdesk.queries.versions import Line
from ownerdesk.rules.emergencies import EmergencySign, detect
from ownerdesk.rules.emergency_phrases.changes import Changes, with_changes
from ownerdesk.rules.emergency_phrases.in_service import take_into_service, version_in_service
from ownerdesk.rules.emergency_phrases.lexicon import load_lexicon

logger = logging.getLogger(__name__)

_KEY = "emergency_phrases"
_SET = EmergencyPhraseSet
PHRASES = Line(EmergencyPhraseSet, "emergency_phrases")


def detect_danger(session: Session, text: str) -> EmergencySign | None:
    """The strongest sign of danger, by the phrases that are in service now. Never raises: see `refresh_phrases`."""
    refresh_phrases(session)
    return detect(text)


def refresh_phrases(session: Session) -> None:
    """Have this process read with what is in service, looked up once in a transaction. Where that cannot be read, or not
    be used by this version, the last known goes on, and at first the shipped phrases: the alarm never waits for it."""
    if session.info.get(_KEY):
        return
    session.info[_KEY] = True
    try:
        # In a savepoint of its own: a failure here must leave the transaction that an owner's message is in unharmed.
        connection = session.connection()
        with connection.begin_nested():
            wanted = select(_SET.id).where(_SET.state == "in_service")
            version = connection.execute(wanted).scalar()
            if version == version_in_service():
                return
            content = select(_SET.added, _SET.switched_off).where(_SET.id == version)
            row = connection.execute(content).first()
        changes = Changes.of(*row) if row is not None else Changes()
        take_into_service(version, with_changes(load_lexicon(), changes))
        logger.info("emergency phrases: set %s is in service", version)
    except (SQLAlchemyError, ValueError, TypeError) as error:
        logger.error(
            "emergency phrases: set %s stays in service: %s",
            version_in_service(),
            type(error).__name__,
        )


def forget_phrases(session: Session) -> None:
    """Look again at the next danger in this transaction."""
    session.info.pop(_KEY, None)


def find_phrases_in_service(session: Session) -> EmergencyPhraseSet | None:
    """None while the shipped phrases count as they are."""
    return versions.find_in_service(session, PHRASES)


def find_draft(session: Session) -> EmergencyPhraseSet | None:
    return versions.find_draft(session, PHRASES)


def changes_of(one: EmergencyPhraseSet | None) -> Changes:
    return Changes.of(one.added, one.switched_off) if one is not None else Changes()
