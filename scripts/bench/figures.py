"""Figures: percentiles, memory, and what machine this is."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Load:
    """What came of one load: the seconds each turn took, and how long the whole took."""

    name: str
    seconds: Sequence[float]
    elapsed: float

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed

    def row(self) -> str:
        p50, p95 = percentile(self.seconds, 50), percentile(self.seconds, 95)
        return (
            f"| {self.name} | {len(self.seconds)} | {p50 * 1000:.0f} | {p95 * 1000:.0f} "
            f"| {self.per_second:.1f} |"
        )


def percentile(values: Sequence[float], share: int) -> float:
    """The value that `share` % of the values do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def memory_of(pid: int) -> int:
    """Bytes of a process and all it started; what they share is counted once (PSS)."""
    process = psutil.Process(pid)
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += int(one.memory_full_info().pss)
        except psutil.NoSuchProcess:
            continue
    return total


def processor_seconds(pid: int) -> float:
    """Processor time a process and its running children have used so far."""
    process = psutil.Process(pid)
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def describe_machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )


def describe_commit() -> str:
    """The commit that is measured; `+` when files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "none"
