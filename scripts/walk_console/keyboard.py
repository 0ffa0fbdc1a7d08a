"""Hands on the keyboard of one agent: keys are pressed and counted, the page is only looked at."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Error as PageError
from playwright.async_api import Page

MOST_TABS = 160
PATIENCE_SECONDS = 20.0
SETTLED = "() => document.readyState === 'complete' && !document.querySelector('.htmx-request') && !document.body.matches('.is-leaving')"
TYPED_INTO = "textarea, select, input:not([type=checkbox], [type=radio])"
HAS_FOCUS = "s => document.activeElement.matches(s)"
FOCUS = "() => document.activeElement.outerHTML.slice(0, 160)"
# Whether the sheet of keys knows the key, and something on the page carries it.
KNOWS = """key => {
  const row = document.querySelector(`#keys [data-keys="${CSS.escape(key)}"]`);
  if (!row) return false;
  if (row.dataset.does !== 'press') return true;
  return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].some((part) => {
    let shown = part;
    for (let fold = part.closest('details'); fold; fold = fold.parentElement.closest('details')) if (!fold.open) shown = fold;
    return !part.disabled && shown.checkVisibility({ visibilityProperty: true });
  });
}"""
# Where to go first on the way to an element: the outermost fold that hides it, or itself.
TARGET = """s => {
  const part = document.querySelector(s);
  if (!part) return null;
  let outermost = '';
  for (let fold = part.closest('details'); fold; fold = fold.parentElement.closest('details')) {
    const summary = fold.querySelector('summary');
    if (fold.open || summary === part) continue;
    summary.dataset.walked = 'yes';
    for (const other of document.querySelectorAll('[data-walked]')) if (other !== summary) delete other.dataset.walked;
    outermost = 'summary[data-walked]';
  }
  return outermost || s;
}"""


class CannotReach(Exception):
    """No key and no Tab leads there."""


@dataclass
class Task:
    """One thing an agent did: keys besides the words, letters of words, and seconds until the page was still."""

    kind: str
    keys: int = 0
    letters: int = 0
    seconds: float = 0.0
    trouble: str = ""


@dataclass
class Hands:
    """Presses keys on a page. `tasks` grows with every `task`."""

    page: Page
    pictures: Path
    tasks: list[Task] = field(default_factory=list)
    now: Task = field(default_factory=lambda: Task("before the first task"))
    drawn: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def task(self, kind: str) -> AsyncIterator[Task]:
        """What happens inside is counted as one task. What could not be done is noted, and the walk goes on."""
        self.now = Task(kind)
        self.tasks.append(self.now)
        began = time.perf_counter()
        try:
            yield self.now
            await self.settle()
        except (CannotReach, PageError) as error:
            self.now.trouble = str(error).splitlines()[0][:160]
            focus = await self.page.evaluate(FOCUS)
            print(f"  {kind}: {self.now.trouble} (the focus is at {focus})", flush=True)
            await self.draw(f"trouble-{len(self.tasks)}")
            await self.page.keyboard.press("Escape")
        finally:
            self.now.seconds = time.perf_counter() - began

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)
            self.now.keys += 1

    async def write(self, text: str) -> None:
        await self.page.keyboard.type(text)
        self.now.letters += len(text)

    async def settle(self) -> None:
        """Until the page has answered and drawn it. Raises CannotReach if it does not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        await self.page.wait_for_timeout(120)
        while not await self._is_still():
            if time.monotonic() > deadline:
                raise CannotReach("the page does not come to rest")
            await self.page.wait_for_timeout(50)

    async def _is_still(self) -> bool:
        try:
            return bool(await self.page.evaluate(SETTLED))
        except PageError:  # it is just going to another address
            return False

    async def go(self, *keys: str) -> None:
        """Keys that lead to another page; one that is a letter is not written into a field."""
        if len(keys[0]) == 1 and await self.page.evaluate(HAS_FOCUS, TYPED_INTO):
            await self.press("Escape")
        async with self.page.expect_navigation(timeout=PATIENCE_SECONDS * 1000):
            await self.press(*keys)
        await self.settle()

    async def knows(self, key: str) -> bool:
        return bool(await self.page.evaluate(KNOWS, key))

    async def sees(self, selector: str) -> bool:
        return await self.page.locator(selector).count() > 0

    async def use(self, key: str, selector: str) -> None:
        """By its key where it has one; else by walking there with Tab, unfolding what hides it."""
        if key and await self.knows(key):
            if await self.page.evaluate(HAS_FOCUS, TYPED_INTO):
                await self.press("Escape")
            await self.press(key)
            return
        await self.reach(selector)
        if not await self.page.evaluate(HAS_FOCUS, "input, select, textarea"):
            await self.press("Enter")

    async def reach(self, selector: str) -> None:
        """Tab until the focus is there. Raises CannotReach."""
        for _ in range(MOST_TABS):
            # News may draw a part of the page anew at any moment, so that one looks again before every key.
            target = await self.page.evaluate(TARGET, selector)
            if target is None:
                raise CannotReach(f"not on the page: {selector}")
            if not await self.page.evaluate(HAS_FOCUS, target):
                await self.press("Tab")
            elif target == selector:
                return
            else:
                await self.press("Enter")
        raise CannotReach(f"no Tab leads to {selector}")

    async def send(self) -> None:
        """Send the form the focus is in: with Ctrl+Enter where that works, else by walking on to its button."""
        form = "document.activeElement.closest('form')"
        is_words = await self.page.evaluate(
            "document.activeElement.matches('textarea') || document.querySelector('#keys [data-keys=\"Ctrl Enter\"]') !== null"
        )
        if is_words:
            await self.press("Control+Enter")
        else:
            await self.page.evaluate(
                f"{form}.querySelector('button:not([type=button])').dataset.walkedTo = 'yes'"
            )
            await self.reach("[data-walked-to]")
            await self.press("Enter")
        await self.settle()

    async def draw(self, name: str) -> None:
        """A picture of the page as it stands; the first of a name counts."""
        if name not in self.drawn:
            self.drawn.add(name)
            await self._picture(name, is_whole=False)

    async def draw_everywhere(self, name: str) -> None:
        """The page in the light, in the dark, and on a phone; the first of a name counts."""
        if name in self.drawn:
            return
        await self.draw(name)
        await self.page.emulate_media(color_scheme="dark")
        await self.draw(f"{name}-dark")
        await self.page.emulate_media(color_scheme="light")
        wide = self.page.viewport_size
        await self.page.set_viewport_size({"width": 360, "height": 740})
        await self.page.wait_for_timeout(150)
        await self._picture(f"{name}-360", is_whole=True)
        if wide:
            await self.page.set_viewport_size(wide)

    async def _picture(self, name: str, *, is_whole: bool) -> None:
        try:
            await self.page.screenshot(path=self.pictures / f"{name}.png", full_page=is_whole)
        except PageError:
            print(f"  No picture of {name}: the page was just going.", flush=True)
