"""What an agent does to appeals, each thing in its own words: which keys, and what has to be written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from scripts.walk_console.keyboard import CannotReach, Hands

Step = Callable[[Hands], Awaitable[None]]

ACTION = "#actions form[action$='/{}']"


def _form(action: str, field: str) -> str:
    return f"{ACTION.format(action)} {field}"


async def accept(hands: Hands) -> None:
    """One that is the agent's own already needs nothing."""
    buttons = f"{_form('accept', 'button')}, {_form('take', 'button')}"
    if await hands.sees(buttons):
        async with hands.task("accept"):
            await hands.use("a", buttons)


async def undo(hands: Hands) -> None:
    async with hands.task("undo"):
        await hands.use("z", "#held .undo button")


def dispatch(to: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("dispatch"):
            await hands.use("d", _form("dispatch", "select"))
            await hands.write(to)
            await hands.draw("appeal-dispatch")
            await hands.send()

    return step


def promise(words: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("promise a time"):
            await hands.use("p", _form("promise", "select"))
            # Below the hour that is proposed stand two.
            await hands.reach(_form("promise", "[name=until]"))
            await hands.press("ArrowDown")
            await hands.reach(_form("promise", "[name=words]"))
            await hands.write(words)
            await hands.draw("appeal-promise")
            await hands.send()

    return step


def postpone(reason: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("postpone"):
            # Tomorrow morning is proposed.
            await hands.use("l", _form("defer", "[name=until]"))
            await hands.reach(_form("defer", "[name=reason]"))
            await hands.write(reason)
            await hands.send()

    return step


def ask(question: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("ask the owner"):
            await hands.use("q", _form("ask", "textarea"))
            await hands.write(question)
            await hands.send()

    return step


async def go_there(hands: Hands) -> None:
    async with hands.task("on the way and arrived"):
        await hands.use("s", _form("set-out", "button"))
        await hands.settle()
        await hands.use("s", _form("arrive", "button"))


def resolve(done: str, cause: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("resolve"):
            await hands.use("e", _form("resolve", "textarea"))
            await hands.write(done)
            if await hands.sees(_form("resolve", "[name=cause][required]")):
                await hands.reach(_form("resolve", "[name=cause]"))
                await hands.write(cause)
            await hands.draw("appeal-resolve")
            await hands.send()

    return step


def reply(words: str, pick: str = "") -> Step:
    """`pick` begins with `/` for a ready answer or with `?` for an article, and goes on with what is looked for."""

    async def step(hands: Hands) -> None:
        async with hands.task("reply with a ready answer" if pick else "reply"):
            await hands.use("r", "#reply-text")
            if pick:
                await hands.press(pick[0])
                await hands.write(pick[1:])
                await hands.page.wait_for_timeout(700)
                await hands.draw(f"reply-{'replies' if pick[0] == '/' else 'articles'}")
                await hands.press("Enter")
                await hands.press("Space")
            await hands.write(words)
            await hands.send()

    return step


def note(words: str, to: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("internal note"):
            await hands.use("n", "#note-text")
            await hands.press("@")
            await hands.write(to)
            await hands.page.wait_for_timeout(700)
            await hands.press("Enter")
            await hands.write(words)
            await hands.send()

    return step


def hand_back(words: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("hand back to the bot"):
            await hands.use("b", "#composer form[action$='/hand-back'] textarea")
            await hands.write(words)
            await hands.send()

    return step


def correct(category: str) -> Step:
    async def step(hands: Hands) -> None:
        async with hands.task("correct a label"):
            await hands.use("c", _form("correct", "[name=nature]"))
            await hands.reach(_form("correct", "[name=category]"))
            await hands.write(category)
            await hands.send()

    return step


async def merge(hands: Hands) -> None:
    """Into the appeal that the list of candidates names first."""
    async with hands.task("merge"):
        number = await hands.page.evaluate(
            "document.querySelector('#actions datalist option')?.value"
        )
        if not number:
            raise CannotReach("no appeal is proposed")
        await hands.use("m", _form("merge", "[name=other]"))
        await hands.write(str(number))
        await hands.draw("appeal-merge")
        await hands.send()
