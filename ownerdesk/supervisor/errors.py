"""What stops a start: said in one line, with what to do, instead of a traceback."""

from __future__ import annotations


class CannotStart(RuntimeError):
    """Ownerdesk cannot start as things are; the text is for the person at the keyboard."""
