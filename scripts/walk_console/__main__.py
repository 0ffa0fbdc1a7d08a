"""Start a whole Ownerdesk with the demo, let its owners write, and handle all of it as an agent without a mouse.

Prints for every kind of task how many keys and seconds it took, and leaves pictures of the pages.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import signal
import statistics
import sys
import tempfile
from pathlib import Path

from aiohttp import ClientSession
from playwright.async_api import Browser, Page, async_playwright

from demo.client import StandIn
from scripts.walk_console import rounds
from scripts.walk_console.keyboard import Hands, Task
from scripts.walk_console.owners import SCENES, write_all
from tests.stack import REPOSITORY, Stack

ADA = "ada.deskworth@example.com"
EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WINDOW = {"width": 1400, "height": 900}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.walk_console", description=__doc__)
    parser.add_argument(
        "--pictures", type=Path, default=REPOSITORY / "var" / "walk", help="where pictures go"
    )
    pictures = parser.parse_args().pictures
    pictures.mkdir(parents=True, exist_ok=True)
    # Whoever ends the walk early ends what it has started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "data", OUTBOX_CHAT_RATE="20", DEMO_CHAT_RATE="25")
        try:
            stack.start()
            print("Ownerdesk runs.", flush=True)
            tasks = asyncio.run(walk(stack, pictures))
        finally:
            stack.stop()
    print_table(tasks)


async def walk(stack: Stack, pictures: Path) -> list[Task]:
    async with ClientSession() as session:
        await write_all(stack.phone_url, StandIn(stack.phone_url, session), SCENES)
    print(f"{len(SCENES)} owners have written.", flush=True)
    executable = next(filter(None, map(shutil.which, EXECUTABLES)), None)
    if executable is None:
        raise SystemExit("Chromium is needed: install the package `chromium`")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        try:
            page = await _open_page(browser, stack.console_url + "/appeals")
            hands = Hands(page, pictures)
            await _log_in(hands, read_password(stack))
            await rounds.walk(hands)
            await _draw_phone(browser, stack, pictures)
        finally:
            await browser.close()
    return hands.tasks


async def _open_page(browser: Browser, url: str) -> Page:
    context = await browser.new_context(
        locale="en-GB",
        viewport={"width": WINDOW["width"], "height": WINDOW["height"]},
        color_scheme="light",
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: print(f"  The page complains: {error}", flush=True))
    await page.goto(url)
    return page


def read_password(stack: Stack) -> str:
    found = re.search(r"password: (\S+)", (stack.data_dir / "demo" / "admin.txt").read_text())
    if found is None:
        raise SystemExit("the demo wrote no password")
    return found[1]


async def _log_in(hands: Hands, password: str) -> None:
    async with hands.task("log in"):
        await hands.write(ADA)
        await hands.press("Tab")
        await hands.write(password)
        await hands.go("Enter")


async def _draw_phone(browser: Browser, stack: Stack, pictures: Path) -> None:
    """What one of the owners has on their phone in the end."""
    page = await _open_page(browser, f"{stack.console_url}/demo?person=5001")
    await page.wait_for_timeout(2500)
    await page.screenshot(path=pictures / "phone.png")


def print_table(tasks: list[Task]) -> None:
    """Medians, because one appeal that is far down the list says little about the others."""
    kinds = list(dict.fromkeys(task.kind for task in tasks))
    print("\n| task | times | keys | most keys | seconds | not done |\n|---|---|---|---|---|---|")
    for kind in kinds:
        of_kind = [task for task in tasks if task.kind == kind]
        done = [task for task in of_kind if not task.trouble]
        keys = [task.keys for task in done] or [0]
        seconds = [task.seconds for task in done] or [0.0]
        print(
            f"| {kind} | {len(of_kind)} | {statistics.median(keys):g} | {max(keys)} "
            f"| {statistics.median(seconds):.1f} | {len(of_kind) - len(done)} |"
        )
    print(
        f"\n{sum(task.keys for task in tasks)} keys besides {sum(t.letters for t in tasks)} letters, "
        f"{sum(task.seconds for task in tasks):.0f} s."
    )


if __name__ == "__main__":
    main()
