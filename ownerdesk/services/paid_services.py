"""Paid services (S14): offered from the catalogue with price and terms before anything starts, ordered in the chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message, ServiceItem
from ownerdesk.queries.appeals import find_appeal_of_message
from ownerdesk.queries.owners import get_project_of
from ownerdesk.queries.paid_services import find_service_item
from ownerdesk.queries.staff import find_department_by_code
from ownerdesk.rules.buttons import button
from ownerdesk.services import outbox
from ownerdesk.services.appeals import create_appeal, register_appeal
from ownerdesk.services.cards import send_card
from ownerdesk.services.dispatch import dispatch_by_rules
from ownerdesk.services.events import BOT, OWNER, record
from ownerdesk.services.messages import mark_answered
from ownerdesk.services.places import ask_which_home
from ownerdesk.services.promises import due_from_now, make_promise
from ownerdesk.services.voice import voice_of
from ownerdesk.texts import Translate, html, pick
from ownerdesk.wording import price_unit_names


def offer_service(
    session: Session, conversation: Conversation, message: Message, *, category: str, at: datetime
) -> ServiceItem | None:
    """Offer the item that fits, with its price; where none does, a person names one (the wish is registered
    as an appeal). Called again for the same message it offers nothing new."""
    project = get_project_of(session, conversation)
    item = find_service_item(session, message.text, category=category, project_id=project.id)
    if item is None:
        register_appeal(
            session, conversation, message, nature="paid_service", category=category, at=at,
            may_join=False,
        )  # fmt: skip
        return None
    _ = voice_of(conversation)
    outbox.send(
        session,
        conversation,
        format_offer(item, conversation.language, _),
        key=f"offer:{message.id}",
        at=at,
        is_html=True,
        buttons=[
            [button(_("Order"), "order", message.id, item.code)],
            [
                button(_("Ask a person"), "askprice", message.id),
                button(_("No, thank you"), "noorder", message.id),
            ],
        ],
    )
    mark_answered(session, message, "offered", at=at)
    return item


def format_offer(item: ServiceItem, language: str, _: Translate) -> str:
    """Name, what is included, price and unit; when it can be had, and on which terms."""
    offer = html(
        "<b>{name}</b>\n{description}\n\n💶 {price} {currency} {unit} · {minutes}",
        name=pick(item.names, language),
        description=pick(item.descriptions, language),
        price=f"{item.price:.2f}",
        currency=item.currency,
        unit=price_unit_names(_)[item.price_unit],
        minutes=_("about {minutes} min").format(minutes=item.duration_minutes),
    )
    for sign, texts in (("🕐", item.slots), ("📄", item.terms)):
        if pick(texts, language):
            offer += html("\n{sign} {text}", sign=sign, text=pick(texts, language))
    return offer


def order_service(
    session: Session,
    conversation: Conversation,
    message: Message,
    item: ServiceItem,
    *,
    at: datetime,
) -> Appeal:
    """The owner ordered at the offered price. Pressed twice it is ordered once."""
    known = find_appeal_of_message(session, message.id)
    if known is not None:
        return known
    appeal = create_appeal(
        session, conversation, message, nature="paid_service", category=item.category, at=at
    )
    appeal.service_item_id, appeal.price = item.id, item.price
    department = find_department_by_code(session, appeal.project_id, item.department_code)
    if department is not None:
        appeal.department_id = department.id
    session.flush()
    record(
        session, appeal, "service.ordered", actor=OWNER, at=at, item=item.code,
        price=str(item.price), currency=item.currency, price_unit=item.price_unit,
    )  # fmt: skip
    make_promise(
        session, appeal, "resolution", due_at=due_from_now(appeal, at=at), actor=BOT, at=at
    )
    send_card(session, appeal, at=at)
    ask_which_home(session, appeal, message, at=at)
    dispatch_by_rules(session, appeal, at=at)
    return appeal
