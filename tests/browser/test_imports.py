"""A list of owners in the browser: what it would do, its mistakes, and applied by the worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demo.cast import STAFF
from tests.browser.conftest import Desktop
from tests.journeys.world import World

pytestmark = pytest.mark.browser

MANAGER = next(entry for entry in STAFF if entry.role == "admin")
HEADER = "building,entrance,floor,number,name,phone\n"


def bring(page: Page, path: Path, rows: str) -> None:
    path.write_text(HEADER + rows)
    page.get_by_role("link", name="Import of owners").first.click()
    page.get_by_label("Project of rows that name none").select_option(index=1)
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Check the list").click()


def test_a_list_is_checked_corrected_applied_and_the_same_again_changes_nothing(
    desktop: Desktop, world: World, tmp_path: Path
) -> None:
    page = desktop.open(f"{world.stack.console_url}/settings/imports")
    page.get_by_label("E-mail").fill(MANAGER.email)
    page.get_by_label("Password").fill(world.password)
    page.get_by_role("button", name="Log in").click()
    good = "Import House,1,3,31,Vera Imported,+34600555111\n"

    bring(page, tmp_path / "owners.csv", good + "Import House,1,three,32,,600\n")
    expect(page.get_by_role("alert").filter(has_text="1 row has mistakes")).to_be_visible()
    expect(page.get_by_text("floor is not a whole number")).to_be_visible()
    expect(page.get_by_role("button", name="Apply the list")).to_have_count(0)
    page.get_by_role("button", name="Throw the list away").click()

    bring(page, tmp_path / "owners.csv", good)
    expect(page.get_by_text("Nothing has been written yet")).to_be_visible()
    expect(page.get_by_role("cell", name="Vera Imported")).to_be_visible()
    page.get_by_role("button", name="Apply the list").click()
    expect(page.get_by_text("has been applied, whole")).to_be_visible()
    page.get_by_role("link", name="Owners", exact=True).click()
    page.get_by_placeholder("Name, phone or number of the home").fill("Vera Imported")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Vera Imported")).to_be_visible()

    bring(page, tmp_path / "owners.csv", good)
    expect(page.get_by_role("link", name="unchanged 1")).to_be_visible()
    assert desktop.complaints == []
