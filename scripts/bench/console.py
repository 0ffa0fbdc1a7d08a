"""The console among a thousand, a hundred thousand and a million appeals, over HTTP: every tab, orders, filters, search, an
appeal's page and what every page asks for; then fifty agents with live pages while twenty messages a second come in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp

from ownerdesk.adapters.database import make_engine
from ownerdesk.adapters.embedded_postgres import start
from ownerdesk.commands.migrate import move_to
from scripts.bench import live_pages, town
from scripts.bench.figures import percentile
from tests.stack import REPOSITORY, free_ports

SIZES = (1_000, 100_000, 1_000_000)
PAINTED_AT = 100_000
LOOKS = 40
# The browser notes the paint a moment after it.
FIRST_PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  if (paint) resolve(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""
PAGES = {
    "Mine": "/appeals?tab=mine",
    "New": "/appeals?tab=new",
    "Due soon": "/appeals?tab=soon",
    "Overdue": "/appeals?tab=overdue",
    "Emergencies": "/appeals?tab=emergencies",
    "Awaiting owner": "/appeals?tab=awaiting",
    "Returned": "/appeals?tab=returned",
    "All open": "/appeals?tab=open",
    "All": "/appeals?tab=all",
    "All, by due time": "/appeals?tab=all&order=due",
    "All, by last word": "/appeals?tab=all&order=last",
    "All, by severity": "/appeals?tab=all&order=severity",
    "All open, oldest first": "/appeals?tab=open&order=oldest",
    "All, half way down": "/appeals?tab=all&after={half}",
    "filter: one star": "/appeals?tab=all&rating=1",
    "filter: emergencies in Chinese": "/appeals?tab=all&severity=emergency&language=zh",
    "filter: one building": "/appeals?tab=all&building=7&project=1",
    "filter: one building, open": "/appeals?tab=open&building=7&project=1",
    "filter: a frequent category, closed": "/appeals?tab=all&category=lighting&state=closed",
    "filter: a rare category": "/appeals?tab=all&category=pests",
    "filter: a rare category, by due time": "/appeals?tab=all&category=pests&order=due",
    "filter: a rare department": "/appeals?tab=all&department={department}",
    "filter: a department, overdue": "/appeals?tab=overdue&department=1",
    "filter: a person": "/appeals?tab=all&person=7",
    "filter: a person's one star": "/appeals?tab=all&person=12&rating=1",
    "filter: two that never meet": "/appeals?tab=all&nature=consultation&category=lighting",
    "filter: a person and a foreign project": "/appeals?tab=all&person=7&project=2",
    "filter: another language": "/appeals?tab=all&language=other",
    "search: frequent word": f"/appeals?tab=all&q={town.FREQUENT}",
    "search: frequent word, mine": f"/appeals?tab=mine&q={town.FREQUENT}",
    "search: two words": "/appeals?tab=all&q=light+garage",
    "search: rare word": f"/appeals?tab=all&q={town.RARE}",
    "search: Chinese": f"/appeals?tab=all&q={town.CHINESE}",
    "search: home and owner": "/appeals?tab=all&q=house+7+name117",
    "search: number": "/appeals?tab=all&q={number}",
    "search: nothing found": f"/appeals?tab=all&q={town.NOWHERE}",
    "appeal page": "/appeals/{half}",
    "what every page asks for": "/calls",
}


@contextlib.contextmanager
def serving(database_url: str, folder: Path) -> Iterator[str]:
    """The console as a process of its own; its address."""
    (port,) = free_ports(1)
    environ = os.environ | {
        "DATABASE_URL": database_url, "OWNERDESK_DATA": str(folder), "OWNERDESK_PORT": str(port),
        "SECRET_KEY": "bench", "RASA_TOKEN": "bench", "TELEGRAM_TOKEN": "1:BENCH", "DEMO_URL": "",
    }  # fmt: skip
    with (folder / "console.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ownerdesk", "run", "console"],
            cwd=REPOSITORY, env=environ, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@contextlib.asynccontextmanager
async def logged_in(url: str, number: int) -> AsyncIterator[aiohttp.ClientSession]:
    """The browser of one agent."""
    jar = aiohttp.CookieJar(unsafe=True)
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(
        url, cookie_jar=jar, connector=connector, timeout=timeout
    ) as http:
        form = {"email": f"agent{number}@example.com", "password": town.PASSWORD}
        deadline = time.monotonic() + 60
        while True:
            try:
                async with http.post("/login", data=form, allow_redirects=False) as answer:
                    assert answer.status == 303, answer.status
                    break
            except aiohttp.ClientConnectionError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.3)
        yield http


async def look(url: str, appeals: int, *, looks: int) -> dict[str, tuple[float, float]]:
    """p50 and p95 in milliseconds of every page, seen by somebody who may see everything."""
    values = {
        "half": appeals // 2, "number": f"B1-{appeals // 2}", "department": town.RARE_DEPARTMENT,
    }  # fmt: skip
    found = {}
    async with logged_in(url, 1) as http:
        for name, path in PAGES.items():
            seconds = []
            for turn in range(looks + 2):
                began = time.perf_counter()
                async with http.get(path.format(**values), allow_redirects=False) as answer:
                    await answer.read()
                    assert answer.status == 200, (name, answer.status)
                if turn >= 2:
                    seconds.append(time.perf_counter() - began)
            found[name] = (percentile(seconds, 50) * 1000, percentile(seconds, 95) * 1000)
    return found


async def measure_paint(url: str) -> float:
    """Milliseconds from asking for the work list to the first paint, in a browser that has seen the site before."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = await chromium.new_page(base_url=url)
        await page.goto("/login?next=/appeals")
        await page.fill("[name=email]", "agent1@example.com")
        await page.fill("[name=password]", town.PASSWORD)
        await page.click("button.primary")
        painted: list[float] = []
        for _ in range(7):
            await page.goto("/appeals?tab=open")
            painted.append(await page.evaluate(FIRST_PAINT))
        await chromium.close()
    return sorted(painted)[len(painted) // 2]


def print_figures(*, quick: bool) -> None:
    """A million appeals take some minutes to make; the quick way stops at a hundred thousand."""
    sizes = SIZES[:2] if quick else SIZES
    rows: dict[int, dict[str, tuple[float, float]]] = {}
    paint, made = 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="ownerdesk-bench-") as name:
        folder = Path(name)
        with start(folder / "data") as server:
            move_to(server.url)
            engine = make_engine(server.url, pool_size=2, check=False)
            town.found(engine)
            since = 0
            for size in sizes:
                began = time.perf_counter()
                town.grow(engine, since=since, until=size)
                made, since = time.perf_counter() - began, size
                with serving(server.url, folder) as url:
                    rows[size] = asyncio.run(look(url, size, looks=LOOKS // (4 if quick else 1)))
                    if size == PAINTED_AT:
                        paint = asyncio.run(measure_paint(url))
            with serving(server.url, folder) as url:
                live = asyncio.run(live_pages.measure(url, server.url, folder, logged_in))
            engine.dispose()
    print(
        f"\nThe console, one page after the other (p50 / p95 in ms); the largest was made in {made:.0f} s\n"
    )
    print("| page | " + " | ".join(f"{size:,} appeals" for size in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    for page in PAGES:
        cells = " | ".join(
            f"{rows[size][page][0]:.0f} / {rows[size][page][1]:.0f}" for size in sizes
        )
        print(f"| {page} | {cells} |")
    print(f"\nFirst paint of the work list with {PAINTED_AT:,} appeals: {paint:.0f} ms.")
    print(live.words(), flush=True)


if __name__ == "__main__":
    print_figures(quick="--quick" in sys.argv)
