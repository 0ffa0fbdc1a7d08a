"""The phone page: what it may load, and one conversation in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.ext import CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from demo.app import PHONE

from .conftest import HAZEL, Play, Running

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONTEXT = ContextTypes.DEFAULT_TYPE


def test_the_page_asks_for_nothing_outside_its_own_path(play: Play) -> None:
    sources = {path.name: path.read_text() for path in PHONE.iterdir() if path.suffix != ".svg"}
    for name, text in sources.items():
        absolute = re.findall(
            r"""(?:src|href)="(/[^"]*)"|fetch\(`(/[^`]*)|EventSource\(`(/[^`]*)""", text
        )
        for address in (part for found in absolute for part in found if part):
            assert address.startswith("/demo/") or address == "/", f"{name}: {address}"
        assert not re.search(r"(?:src|import|url)\W{1,3}https?://", text), name

    async def journey(run: Running) -> None:
        people = await run.people()
        async with people._session.get(f"{run.url}/demo") as page:
            assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
            html = await page.text()
        for address in re.findall(r'"(/demo/static/[^"]+)"', html):
            async with people._session.get(run.url + address) as asset:
                assert asset.status == 200, address

    play(journey)


@pytest.mark.browser
def test_a_conversation_with_keys_buttons_and_hostile_names_in_a_browser(play: Play) -> None:
    from playwright.async_api import async_playwright, expect

    async def start(update: Update, context: CONTEXT) -> None:
        assert update.message is not None
        keys = [[KeyboardButton("Share my phone", request_contact=True)]]
        await update.message.reply_html(
            "Hello <b>&lt;img src=x onerror=alert(1)&gt;</b>",
            reply_markup=ReplyKeyboardMarkup(keys, one_time_keyboard=True),
        )

    async def contact(update: Update, context: CONTEXT) -> None:
        assert update.message is not None
        button = InlineKeyboardButton("Yes, solved", callback_data="v1:yes")
        await update.message.reply_text("Solved?", reply_markup=InlineKeyboardMarkup([[button]]))

    async def pressed(update: Update, context: CONTEXT) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Thank you!")
        await update.callback_query.edit_message_text("Closed.")

    async def journey(run: Running) -> None:
        application = run.application()
        application.add_handler(CommandHandler("start", start))
        application.add_handler(CallbackQueryHandler(pressed))
        application.add_handler(MessageHandler(filters.CONTACT, contact))
        async with application, async_playwright() as playwright:
            assert application.updater is not None
            await application.updater.start_polling()
            await application.start()
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": 360, "height": 740})
            problems: list[str] = []
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("dialog", lambda dialog: dialog.accept())
            await page.goto(f"{run.url}/demo?person={HAZEL}")
            await page.get_by_role("button", name="Start", exact=True).click()
            await expect(page.locator(".bubble strong")).to_have_text(
                "<img src=x onerror=alert(1)>"
            )
            await page.get_by_role("button", name="Share my phone").click()
            await page.get_by_role("button", name="Yes, solved").click()
            await expect(page.get_by_text("Thank you!")).to_be_visible()
            await expect(page.get_by_text("Closed.")).to_be_visible()
            await expect(page.get_by_role("button", name="Yes, solved")).to_have_count(0)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert (width, problems) == (360, [])
            await browser.close()
            await application.updater.stop()
            await application.stop()
        texts = [record["message"].get("text") for record in run.state.messages(HAZEL)]
        assert texts == ["/start", "Hello <img src=x onerror=alert(1)>", None, "Closed."]

    play(journey)
