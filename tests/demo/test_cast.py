"""The invented people fit together, so that seed and phones can rely on the tables."""

from __future__ import annotations

from collections import Counter

from demo import cast


def test_two_projects_have_three_buildings_of_ten_homes_each() -> None:
    per_building = Counter((home.project, home.building) for home in cast.HOMES)
    assert per_building == {(b.project, b.number): 10 for b in cast.BUILDINGS}
    assert Counter(building.project for building in cast.BUILDINGS) == {"A": 3, "J": 3}


def test_every_home_has_somebody_and_everybody_a_home_that_exists() -> None:
    keys = {home.key for home in cast.HOMES}
    assert {person.home for person in cast.PEOPLE} == keys
    assert len(keys) == 60


def test_phones_names_and_telegram_ids_are_nobody_elses() -> None:
    everybody = [*cast.PEOPLE, cast.STRANGER]
    for values in (
        [person.phone for person in everybody],
        [person.key for person in everybody],
        [person.telegram_id for person in cast.PHONE_PEOPLE],
        [staff.email for staff in cast.STAFF],
    ):
        assert len(values) == len(set(values))
    assert {person.telegram_id for person in cast.PHONE_PEOPLE} == set(range(5001, 5012))


def test_numbers_and_addresses_are_plainly_made_up() -> None:
    ranges = ("+44 7700 900", "+34 600 000 ", "+86 100 0000 ")
    assert all(person.phone.startswith(ranges) for person in [*cast.PEOPLE, cast.STRANGER])
    assert all(staff.email.endswith("@example.com") for staff in cast.STAFF)


def test_every_department_has_operators_and_every_project_its_people() -> None:
    worked = {(s.project, s.department) for s in cast.STAFF if s.role == "operator"}
    assert worked == {(d.project, d.code) for d in cast.DEPARTMENTS}
    for project in cast.PROJECTS:
        roles = {staff.role for staff in cast.STAFF if staff.project == project.code}
        assert roles == {"operator", "agent", "manager"}
    assert [staff.project for staff in cast.STAFF if staff.role == "admin"] == [None]


def test_the_phone_people_speak_three_languages_and_some_must_still_register() -> None:
    at_home = [person for person in cast.PHONE_PEOPLE if person.home]
    assert {person.language for person in at_home} == {"en", "es", "zh"}
    assert {person.linked for person in at_home} == {True, False}
