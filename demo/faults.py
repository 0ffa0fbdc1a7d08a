"""Trouble on request: failing methods, lost answers, doubled or swapped updates, slowness."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from demo.errors import ApiError, Json, RefusedError

MODES = ("error", "reset")


@dataclass
class MethodFault:
    """The next `times` calls of `method` ("*" for any) fail.

    `mode` "error" answers `status`; "reset" cuts the connection. With `after` the call takes
    effect first and only its answer is lost, as when a network breaks at the wrong moment.
    """

    method: str
    times: int = 1
    mode: str = "error"
    status: int = 500
    retry_after: int = 1
    after: bool = False
    chat_id: int | None = None

    def error(self) -> ApiError:
        if self.status == 429:
            return ApiError(
                429,
                f"Too Many Requests: retry after {self.retry_after}",
                retry_after=self.retry_after,
            )
        words = {
            400: "Bad Request: a fault was asked for",
            401: "Unauthorized",
            403: "Forbidden: bot was blocked by the user",
            404: "Not Found",
            409: "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running",
            500: "Internal Server Error",
            502: "Bad Gateway",
        }
        return ApiError(self.status, words.get(self.status, "Internal Server Error"))


@dataclass
class Faults:
    """What is switched on; all of it is gone after a restart."""

    methods: list[MethodFault] = field(default_factory=list)
    latency_ms: dict[str, int] = field(default_factory=dict)
    duplicate: int = 0
    swap: int = 0

    def change(self, wanted: Json) -> None:
        """Apply one request of the people's API; refuses what it does not know."""
        known = {"method", "times", "mode", "status", "retry_after", "after", "chat_id"}
        extra = set(wanted) - known - {"latency_ms", "duplicate", "swap"}
        if extra:
            raise RefusedError(400, f"unknown fault fields: {', '.join(sorted(extra))}")
        method = str(wanted.get("method", "*"))
        if "latency_ms" in wanted:
            self.latency_ms[method.lower()] = int(wanted["latency_ms"])
        elif "method" in wanted:
            fault = MethodFault(**{key: wanted[key] for key in known & set(wanted)})
            if fault.mode not in MODES:
                raise RefusedError(400, f"mode is one of {', '.join(MODES)}")
            self.methods.append(fault)
        self.duplicate += int(wanted.get("duplicate", 0))
        self.swap += int(wanted.get("swap", 0))

    def clear(self) -> None:
        self.methods.clear()
        self.latency_ms.clear()
        self.duplicate = self.swap = 0

    def take(self, method: str, chat_id: str) -> MethodFault | None:
        """The fault this call meets, one of its times used up."""
        for fault in self.methods:
            if fault.method != "*" and fault.method.lower() != method.lower():
                continue
            if fault.chat_id is not None and str(fault.chat_id) != chat_id:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.methods.remove(fault)
            return fault
        return None

    def delay(self, method: str) -> float:
        """Seconds to wait before a method runs."""
        wanted = self.latency_ms.get(method.lower(), self.latency_ms.get("*", 0))
        return wanted / 1000

    def to_json(self) -> Json:
        return asdict(self)
