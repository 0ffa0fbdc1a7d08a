"""The walk itself: the emergency, those who wait for a person, the list from top to bottom, and many at once."""

from __future__ import annotations

from scripts.walk_console.keyboard import CannotReach, Hands
from scripts.walk_console.plan import PLANS, REPAIR
from scripts.walk_console.tasks import dispatch, hand_back, reply

MOST_APPEALS = 34
ROWS = "() => [...document.querySelectorAll('#list [data-row]')].map((row) => [row.dataset.row, row.querySelector('.c-owner span').textContent.trim()])"
AT = "() => document.activeElement.closest('[data-row]')?.dataset.row || ''"
SHOWN = "() => location.pathname.split('/')[2] || ''"
NEXT = "#trail:not([hidden]) [data-key='j']:not([hidden])"


async def walk(hands: Hands) -> None:
    await hands.draw_everywhere("emergency-banner")
    await _emergency(hands)
    await _handoffs(hands)
    await _list(hands)
    await _many(hands)
    await _views(hands)
    await _look_around(hands)


async def _emergency(hands: Hands) -> None:
    async with hands.task("accept an emergency from the banner"):
        if await hands.knows("!"):
            await hands.go("!")
            await hands.use("a", "#actions form[action$='/accept'] button")
        else:
            await hands.reach(".alarm form[action$='/accept'] button")
            await hands.go("Enter")
    await hands.draw_everywhere("emergency")
    await dispatch("Gus")(hands)


async def _handoffs(hands: Hands) -> None:
    for _ in range(6):
        async with hands.task("take the next handoff"):
            await hands.go("g", "h")
            await hands.draw_everywhere("handoffs")
            if not await hands.sees("#queue [data-key='a']"):
                break
            await hands.press("j")
            while not await hands.page.evaluate(
                "() => Boolean(document.activeElement.closest('[data-row]')?.querySelector('[data-key=\"a\"]'))"
            ):
                await hands.press("j")
            await hands.go("a")
        await hands.draw_everywhere("conversation")
        await reply("I am here now. Tell me what it is about, and I will see to it.")(hands)
        await hand_back("I have noted it; the bot goes on from here.")(hands)
    hands.tasks.pop()  # the look that found nobody waiting


async def _list(hands: Hands) -> None:
    handled: set[str] = set()
    await hands.go("g", "w")
    await hands.draw_everywhere("work-list")
    owners = dict(await hands.page.evaluate(ROWS))
    print(f"{len(owners)} appeals on the list.", flush=True)
    while len(handled) < min(MOST_APPEALS, len(owners)):
        async with hands.task("from one appeal to the next"):
            await _open_next(hands, handled, list(owners))
        number = str(await hands.page.evaluate(SHOWN))
        if number in handled or number not in owners:
            break
        handled.add(number)
        name = owners[number]
        await hands.draw_everywhere("appeal")
        plan = next((steps for family, steps in PLANS.items() if family in name), REPAIR)
        for step in plan:
            await step(hands)
        if len(plan) > 3:
            await hands.draw("appeal-after")
    print(f"{len(handled)} appeals handled.", flush=True)


async def _open_next(hands: Hands, handled: set[str], order: list[str]) -> None:
    """The next of the list that is not handled: from the appeal itself where it leads on, else by way of the list."""
    while await hands.sees(NEXT):
        await hands.go("j")
        if str(await hands.page.evaluate(SHOWN)) not in handled:
            return
    if await hands.sees("#work"):
        await hands.go("g", "w")
    wanted = [row for row, _ in await hands.page.evaluate(ROWS) if row not in handled]
    wanted = [row for row in wanted if row in order]
    if not wanted:
        raise CannotReach("the list has no more appeals")
    for _ in range(60):
        if await hands.page.evaluate(AT) == wanted[0]:
            break
        await hands.press("j")
    await hands.go("Enter")


async def _many(hands: Hands) -> None:
    async with hands.task("a note on three appeals at once"):
        await hands.go("g", "w")
        await hands.press("j", "x", "j", "x", "j", "x")
        await hands.draw_everywhere("work-list-chosen")
        await hands.use("b", "#bulk select")
        await hands.write("Add")
        await hands.reach("#bulk button")
        await hands.go("Enter")
        await hands.reach(".bulk-fields textarea")
        await hands.write("The residents' meeting is on Thursday.")
        await hands.reach(".bulk-fields button[value=try]")
        await hands.go("Enter")
        await hands.draw_everywhere("bulk-preview")
        await hands.reach(".bulk-fields button[value=do]")
        await hands.go("Enter")


async def _views(hands: Hands) -> None:
    async with hands.task("search, and save the list as a view"):
        await hands.go("g", "w")
        await hands.press("/")
        await hands.write("lamp")
        await hands.go("Enter")
        await hands.draw_everywhere("work-list-search")
        await hands.use("v", ".save-view [name=name]")
        await hands.write("Lamps")
        await hands.send()
    async with hands.task("open a saved view"):
        await hands.go("g", "w")
        await hands.press("Control+k")
        await hands.write("Lamps")
        await hands.page.wait_for_timeout(600)
        if "Lamps" in await hands.page.locator("#palette-options").inner_text():
            await hands.go("Enter")
        else:
            await hands.press("Escape")
            await hands.reach(".view a")
            await hands.go("Enter")
    async with hands.task("open what is overdue"):
        await hands.go("g", "w")
        await hands.use("5", "#tabs [data-tab=overdue]")


async def _look_around(hands: Hands) -> None:
    async with hands.task("open the sheet of keys"):
        await hands.press("?")
        await hands.draw_everywhere("keys")
        await hands.press("Escape")
    async with hands.task("find an appeal by words in the palette"):
        await hands.press("Control+k")
        await hands.write("garage gate")
        await hands.page.wait_for_timeout(700)
        await hands.draw_everywhere("palette")
        await hands.go("Enter")
    for letter in ("e", "o", "d", "i", "b", "v"):
        async with hands.task("go to another page"):
            await hands.go("g", letter)
        await hands.draw_everywhere(f"page-{letter}")
