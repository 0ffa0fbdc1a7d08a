"""The import of owners: whole or not at all, once or as often as one likes."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.adapters.tables import read_table
from ownerdesk.mistakes import format_mistake
from ownerdesk.model import AuditEntry, Base, Building, Owner, Residency, Unit
from ownerdesk.queries.owners import find_owner_by_phone, list_homes
from ownerdesk.rules.imports import FileMistake
from ownerdesk.services import imports as service
from ownerdesk.services.imports import ImportCounts, ImportRefused, RowError
from ownerdesk.services.owners import register_by_phone
from tests.make import NOON, make_cast, make_conversation

HEADER = "project,building,entrance,floor,number,kind,name,phone,language,role\n"
FILE = HEADER + (
    "T,Oak House,1,3,12,flat,Vera Example,+34 (600) 111-222,es,owner\n"
    "T,Oak House,1,3,12,flat,Nilo Example,0034600111223,,family\n"
    "T,Oak House,,-1,P7,parking,Vera Example,+34600111222,es,owner\n"
)


def import_owners(session: Session, data: bytes, **options: Any) -> ImportCounts:
    """As the command line does it, from a file."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            table = read_table(Path(file.name))
        except FileMistake as wrong:
            raise ImportRefused([RowError(wrong.line, wrong.mistake)], 1) from None
        return service.import_owners(session, table.records, **options)


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def refused(session: Session, text: str | bytes, project: str = "") -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ImportRefused) as refusal:
        import_owners(session, data, project_code=project, at=NOON)
    return [
        f"line {error.line}: {format_mistake(error.mistake, str)}" for error in refusal.value.errors
    ]


def test_an_import_makes_buildings_units_people_and_their_ties(session: Session) -> None:
    make_cast(session)
    counts = import_owners(session, FILE.encode(), at=NOON)
    assert (counts.buildings_made, counts.units_made) == (1, 2)
    assert (counts.owners_made, counts.residencies_made) == (2, 3)
    vera = find_owner_by_phone(session, "+34600111222")
    assert vera is not None
    assert (vera.name, vera.language) == ("Vera Example", "es")
    flat, parking = list_homes(session, vera.id)
    assert (flat.building.name, flat.entrance, flat.floor, flat.number) == (
        "Oak House",
        "1",
        3,
        "12",
    )
    assert (parking.kind, parking.floor) == ("parking", -1)
    nilo = find_owner_by_phone(session, "+34600111223")
    assert nilo is not None
    (tie,) = session.scalars(select(Residency).where(Residency.owner_id == nilo.id))
    assert (tie.role, tie.verified_by) == ("family", None)


def test_an_imported_owner_is_known_by_the_phone_they_share(session: Session) -> None:
    make_cast(session)
    import_owners(session, FILE.encode(), at=NOON)
    chat = make_conversation(session, chat_id=7100)
    owner = register_by_phone(
        session, chat, phone="34600111222", contact_user_id=chat.telegram_user_id, at=NOON
    )
    assert owner.name == "Vera Example"
    assert chat.language == "es"


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    make_cast(session)
    import_owners(session, FILE.encode(), at=NOON)
    tables: tuple[type[Base], ...] = (Building, Unit, Owner, Residency, AuditEntry)
    before = [count(session, table) for table in tables]
    again = import_owners(session, FILE.encode(), at=NOON)
    assert [count(session, table) for table in tables] == before
    assert (again.rows, again.owners_made, again.owners_updated) == (3, 0, 0)
    assert (again.units_made, again.residencies_made, again.residencies_updated) == (0, 0, 0)


def test_a_later_file_updates_people_and_leaves_what_it_does_not_say(session: Session) -> None:
    make_cast(session)
    import_owners(session, FILE.encode(), at=NOON)
    later = "project,building,entrance,number,name,phone,role\nT,Oak House,1,12,Vera New,+34600111222,tenant\n"
    counts = import_owners(session, later.encode(), at=NOON)
    assert (counts.owners_updated, counts.residencies_updated, counts.owners_made) == (1, 1, 0)
    vera = find_owner_by_phone(session, "+34600111222")
    assert vera is not None
    assert (vera.name, vera.language) == ("Vera New", "es")
    assert len(list_homes(session, vera.id)) == 2
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "owner.updated")).one()
    assert (entry.subject_id, entry.before, entry.after) == (
        vera.id,
        {"name": "Vera Example"},
        {"name": "Vera New"},
    )


def test_a_number_that_was_missing_is_filled_in_and_makes_no_second_person(
    session: Session,
) -> None:
    make_cast(session)
    for _ in range(2):
        import_owners(session, b"building,number,name\nOak House,12,Vera Example\n",
                      project_code="T", at=NOON)  # fmt: skip
    counts = import_owners(
        session,
        b"building,number,name,phone\nOak House,12,Vera Example,+34600111222\n",
        project_code="T",
        at=NOON,
    )
    assert (counts.owners_made, counts.owners_updated) == (0, 1)
    assert count(session, Owner) == 2, "Vera, and Alma of the cast"


def test_who_comes_back_lives_here_again_but_proves_it_anew(session: Session) -> None:
    cast = make_cast(session)
    tie = session.scalars(select(Residency).where(Residency.owner_id == cast.alma.id)).one()
    tie.verified_by, tie.verified_at, tie.ended_at = "phone", NOON, NOON
    session.flush()
    row = f"T,Birch House,2,4,14,flat,Alma Test,{cast.alma.phone},,owner\n"
    counts = import_owners(session, (HEADER + row).encode(), at=NOON)
    assert counts.residencies_updated == 1
    assert (tie.ended_at, tie.verified_by, tie.verified_at) == (None, None, None)


@pytest.mark.parametrize(
    "data",
    [
        FILE.encode("utf-8-sig"),
        FILE.replace(",", ";").encode(),
        FILE.replace("\n", "\r\n").encode(),
        ("\ufeff" + FILE.replace(",", ";").replace("\n", "\r\n\r\n")).encode(),
    ],
    ids=["with a byte order mark", "semicolons", "Windows line ends", "all of it, and blank lines"],
)
def test_files_as_spreadsheets_write_them_are_read(session: Session, data: bytes) -> None:
    make_cast(session)
    assert import_owners(session, data, at=NOON).residencies_made == 3


def test_html_sql_and_line_breaks_in_a_name_are_only_letters(session: Session) -> None:
    make_cast(session)
    name = "O'Hara\n<b>; DROP TABLE owners; --"
    data = f'building,number,name,phone\nOak House,1,"{name}",+34600111222\n'.encode()
    import_owners(session, data, project_code="T", at=NOON)
    owner = find_owner_by_phone(session, "+34600111222")
    assert owner is not None
    assert owner.name == name


def test_every_mistake_is_named_with_its_line_and_nothing_is_written(session: Session) -> None:
    make_cast(session)
    before = count(session, Building), count(session, Owner), count(session, AuditEntry)
    errors = refused(
        session,
        HEADER + "T,Oak House,1,3,12,flat,Vera Example,+34600111222,es,owner\n"
        "T,Oak House,1,third,13,castle,Vera Example,600111333,fr,guest\n"
        "T,,1,3,,flat,,,,\n"
        'T,Oak House,1,3,14,flat,"Two\nlines",+34600111444,,owner\n'
        "Q,Oak House,1,3,15,flat,Nilo Example,,,owner\n"
        "T,Oak House,1\n",
    )
    assert errors == [
        "line 3: floor is not a whole number",
        "line 3: kind is none of flat, parking, storage",
        "line 3: role is none of owner, family, tenant",
        "line 3: language is none of en, es, zh",
        "line 3: phone is no number with its country code, such as +34 600 000 000",
        "line 4: building is empty",
        "line 4: number is empty",
        "line 4: name is empty",
        "line 7: there is no project Q",
        "line 8: 3 fields where the first line names 10",
    ]
    assert (count(session, Building), count(session, Owner), count(session, AuditEntry)) == before


def test_lines_that_contradict_each_other_are_refused(session: Session) -> None:
    make_cast(session)
    errors = refused(
        session,
        HEADER + "T,Oak House,1,3,12,flat,Vera Example,+34600111222,es,owner\n"
        "T,Oak House,1,4,12,flat,Nilo Example,+34600111222,en,tenant\n",
    )
    assert errors == [
        "line 3: the phone of line 2 with another name",
        "line 3: the person of line 2, another language",
        "line 3: the person and unit of line 2, another role",
        "line 3: the unit of line 2, another floor",
    ]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "line 1: the file is empty"),
        (b"\xef\xbb\xbf\n\n", "line 1: the file is empty"),
        (HEADER.encode(), "line 1: no rows follow"),
        (b"building,number,name,pet,shoe size\n", "line 1: unknown columns: pet, shoe size; known"),
        (b"building,number,name,Name\n", "line 1: columns that stand twice: name"),
        (b"project,floor\n", "line 1: missing columns: building, number, name"),
        (b"building,number,name\nOak,1,Vera\n", "line 1: missing columns: project"),
        (
            b"project,building,number,name\nT,B\x81\x20r,1,V",
            "line 2: this is no text that can be read",
        ),
        (HEADER.encode("utf-16"), "line 1: no rows follow"),
        (b"project,building,number,name\nT,O\x00k,1,V", "line 2: a NUL character"),
        (b"PK\x03\x04 is no Excel file", "line 1: from here on this cannot be read as an Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "line 1: this is an old Excel file"),
        (b'project,building,number,name\nT,"Oak,1,Vera\n', "line 2: from here on this cannot be"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_by_what_is_wrong(
    session: Session, data: bytes, complaint: str
) -> None:
    (error, *_) = refused(session, data)
    assert error.startswith(complaint)


def test_no_mistake_repeats_a_name_or_a_number_of_the_file(session: Session) -> None:
    make_cast(session)
    errors = refused(session, HEADER + "T,Oak,1,3,12,flat,Vera Example,600111222,xx,guest\n")
    assert "Vera" not in " ".join(errors)
    assert "600111222" not in " ".join(errors)
