"""Why a reply, a file beside it or a transfer is refused. Each says what would let it through."""

from __future__ import annotations

from ownerdesk.rules.refusals import Refusal


class AnsweringRefusal(Refusal):
    """Something about answering an owner."""


class UnseenMessages(AnsweringRefusal):
    """`count` messages came that the form had not shown. Sent again with them shown, the reply goes out."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} messages were not shown")
        self.count = count


class HeldMeanwhile(AnsweringRefusal):
    """Another person holds the conversation; `holder` is their name. It can be sent over their head knowingly."""

    def __init__(self, holder: str) -> None:
        super().__init__("held by somebody else")
        self.holder = holder


class UnfilledVariables(AnsweringRefusal):
    """The text names variables that do not exist, or that have no value here."""

    def __init__(self, *, unknown: tuple[str, ...], empty: tuple[str, ...]) -> None:
        super().__init__("variables cannot be filled")
        self.unknown = unknown
        self.empty = empty


class FileTooLarge(AnsweringRefusal):
    """`limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a file is larger than {limit}")
        self.limit = limit


class WrongFileKind(AnsweringRefusal):
    """A kind of file that is not sent to owners, or one that is not what its name says."""


class EmptyFile(AnsweringRefusal):
    """A file without content, or a form without a file."""


class TooManyFiles(AnsweringRefusal):
    """More files than go with one reply."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} files")
        self.limit = limit


class UploadGone(AnsweringRefusal):
    """A file of the form is not there any more: removed, or sent already."""


class TransferOpen(AnsweringRefusal):
    """Somebody has been asked to take the conversation already; `asked` is who."""

    def __init__(self, asked: str) -> None:
        super().__init__("a transfer is open")
        self.asked = asked


class TransferOver(AnsweringRefusal):
    """The transfer was answered, taken back, or has expired."""


class NobodyToAsk(AnsweringRefusal):
    """The colleague may not answer owners here, or nobody of the department may."""
