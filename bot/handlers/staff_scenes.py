"""Presses by members of staff: in their own chat, or in the group of their department."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Message, StaffMember
from ownerdesk.rules.buttons import Press
from ownerdesk.services import outbox


@dataclass(frozen=True)
class StaffScene:
    """A press by `member` in a chat of staff, inside an open transaction. `shown` is the message the button hangs on,
    None where it is not one of ours; `press_key` tells repeated deliveries of one press apart from a new one."""

    session: Session
    conversation: Conversation
    member: StaffMember
    press: Press
    shown: Message | None
    press_key: str
    at: datetime

    def drop_buttons(self) -> None:
        """What the button offered is over."""
        if self.shown is not None:
            outbox.revise(self.session, self.shown)

    def offer(self, rows: outbox.Buttons) -> None:
        """Other buttons under the same message."""
        if self.shown is not None:
            outbox.revise(self.session, self.shown, buttons=rows)

    def say(self, text: str, buttons: outbox.Buttons | None = None) -> None:
        outbox.send(
            self.session,
            self.conversation,
            text,
            key=f"press:{self.press_key}",
            at=self.at,
            buttons=buttons,
        )
