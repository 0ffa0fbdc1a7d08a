"""Consultations: answered from the knowledge base, by words and by meaning; what has no answer goes to a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Article, Conversation, Message, Project
from ownerdesk.queries.appeals import find_appeal_of_message
from ownerdesk.queries.knowledge import find_articles
from ownerdesk.queries.owners import get_project_of
from ownerdesk.rules.appeals import AppealAction, next_state
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.appeals import create_appeal, register_appeal
from ownerdesk.services.events import BOT
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.progress import finish
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import html


def answer_question(
    session: Session,
    conversation: Conversation,
    message: Message,
    *,
    category: str,
    vector: list[float],
    at: datetime,
) -> Appeal:
    """Answer from the best article, or register the question for a person. Whether the article was an answer
    is the owner's to say, like every closure (S6). Called again it changes nothing."""
    known = find_appeal_of_message(session, message.id)
    if known is not None:
        return known
    project = get_project_of(session, conversation)
    matches = find_articles(
        session, message.text, vector, language=conversation.language, project_id=project.id
    )
    best = matches[0] if matches else None
    if best is None or not best.is_good:
        return register_appeal(
            session, conversation, message, nature="consultation", category=category, at=at,
            may_join=False,
        )  # fmt: skip
    appeal = create_appeal(
        session, conversation, message, nature="consultation", category=best.article.category, at=at
    )
    appeal.state = next_state(appeal.state, AppealAction.ANSWER)
    text = format_answer(best.article, project, appeal.number)
    finish(session, appeal, resolution=best.article.title, by=BOT, at=at)
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        text,
        key=f"answer:{appeal.id}",
        at=at,
        appeal=appeal,
        is_html=True,
        buttons=[
            [
                button(_("That answers it"), "solved", appeal.id),
                button(_("Ask a person"), "notyet", appeal.id),
            ]
        ],
    )
    mark_answered(session, message, "answered", at=at)
    return appeal


def format_answer(article: Article, project: Project, number: str) -> str:
    """An article as the owner reads it, with the number under which the question is kept."""
    body = article.body.replace("{phone}", project.phone).replace("{project}", project.name)
    return html(
        "<b>{title}</b>\n{body}\n\n<i>{number}</i>", title=article.title, body=body, number=number
    )
