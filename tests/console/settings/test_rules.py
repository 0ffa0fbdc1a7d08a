"""The numbers of a project: when the bot reminds and closes, and what is promised."""

from __future__ import annotations

import re

from console.settings_words import policy_names
from ownerdesk.model import Project, StaffMember
from ownerdesk.rules.policy import Policy
from ownerdesk.rules.policy_fields import FIELDS
from ownerdesk.texts import translator
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import changes

BASE = "/settings/rules"


def policy(site: Site) -> Policy:
    with site.core.sessions() as session:
        return Policy.of(session.get_one(Project, site.cast.project.id).settings)


def test_every_number_of_the_policy_has_a_field() -> None:
    assert set(FIELDS) == set(Policy.__dataclass_fields__)


def test_the_page_of_a_project_names_its_numbers_as_the_rules_do_in_every_language(
    site: Site, ada: StaffMember
) -> None:
    names = re.compile(r'<label class="field">\s*<span>([^<]*)</span>\s*<input[^>]*name="(\w+)"')

    async def walk(browser: Browser) -> None:
        for language in ("en", "es", "zh"):
            await browser.post("/language", language=language)
            page = await browser.read(f"/settings/projects/{site.cast.project.id}")
            told = {number: name for name, number in names.findall(page) if number in FIELDS}
            assert told == policy_names(translator(language))

    site.visit(walk, by=ada)


def test_the_silence_rule_is_changed_and_goes_back_to_what_is_usual(
    site: Site, pia: StaffMember
) -> None:
    project = str(site.cast.project.id)

    async def walk(browser: Browser) -> None:
        fields = {"project": project, "reminder_hours": "12", "silence_hours": "48"}
        assert (await browser.post(BASE, **fields)).status == 303
        assert 'name="silence_hours" value="48"' in await browser.read(BASE)
        assert (policy(site).reminder_hours, policy(site).silence_hours) == (12, 48)
        assert (await browser.post(BASE, project=project, reminder_hours="12")).status == 303

    site.visit(walk, by=pia)
    assert (policy(site).reminder_hours, policy(site).silence_hours) == (12, 72)
    log = changes(site, "policy")
    assert log[1].before == {"code": "T", "silence_hours": 48}
    assert log[1].after == {"code": "T", "silence_hours": None}


def test_a_bot_that_closes_before_it_reminds_and_other_nonsense_is_refused_at_the_field(
    site: Site, pia: StaffMember
) -> None:
    async def walk(browser: Browser) -> None:
        for wrong in (
            {"reminder_hours": "48", "silence_hours": "48"},
            {"reminder_hours": "80"},
            {"reminder_hours": "0"},
            {"quiet_from_hour": "25"},
            {"incident_reporters": "1"},
            {"general_minutes": "half an hour"},
        ):
            refused = await browser.post(BASE, project=str(site.cast.project.id), **wrong)
            assert refused.status == 409, wrong
            page = await refused.text()
            name, value = next(iter(wrong.items()))
            assert f'id="p-{name}"' in page, wrong
            assert f'name="{name}" value="{value}"' in page

    site.visit(walk, by=pia)
    assert policy(site) == Policy()
    assert changes(site, "policy") == []


def test_a_manager_does_not_set_the_clocks(site: Site) -> None:
    async def manage(browser: Browser) -> None:
        assert (await browser.get(BASE)).status == 404
        fields = {"project": str(site.cast.project.id), "reminder_hours": "1"}
        assert (await browser.post(BASE, **fields)).status == 404

    site.visit(manage, by=site.cast.boris)
