"""The statements of an import, each over all rows of one file. `r` is a row of it, `:id` the import.

A person is a phone; without one, a name within its unit, or whoever of that name has a phone in the same unit.
"""

# ruff: noqa: S608 - only constants of this file are put together; values are bound.
from __future__ import annotations

UNIT = "concat_ws(E'\\x1f', r.project, r.building, r.kind, r.entrance, r.number)"
GOOD = "r.import_id = :id and r.mistakes = '[]'"

FIND_PERSONS = f"""
    with known as (
        select {UNIT} as unit, lower(r.name) as name, min(r.phone) as phone
        from import_rows r where {GOOD} and r.phone is not null
        group by 1, 2 having count(distinct r.phone) = 1
    ), persons as (
        select r.id, coalesce(r.phone, known.phone, {UNIT} || E'\\x1f' || lower(r.name)) as person
        from import_rows r
        left join known on known.unit = {UNIT} and known.name = lower(r.name)
        where {GOOD}
    )
    update import_rows r set person = persons.person from persons where persons.id = r.id
"""

FIND_PROJECTS = """
    update import_rows r set project_id = p.id from projects p
    where r.import_id = :id and p.code = r.project and p.is_active
    and (:everywhere or p.id = any(:projects))
"""

FIND_BUILDINGS = """
    update import_rows r set building_id = b.id from buildings b
    where r.import_id = :id and b.project_id = r.project_id and b.name = r.building
"""

FIND_UNITS = """
    update import_rows r set unit_id = u.id from units u
    where r.import_id = :id and u.building_id = r.building_id
    and u.kind = r.kind and u.entrance = r.entrance and u.number = r.number
"""

FIND_OWNERS_BY_PHONE = """
    update import_rows r set owner_id = o.id from owners o
    where r.import_id = :id and o.phone = r.person
"""

# A phone that nobody has is filled in for whoever of that name lives in the unit without one; for one person only.
FIND_OWNERS_BY_NAME = """
    with found as (
        select r.person, min(o.id) as owner_id, min(r.line) as line
        from import_rows r
        join residencies t on t.unit_id = r.unit_id
        join owners o on o.id = t.owner_id and lower(o.name) = lower(r.name)
        where r.import_id = :id and r.owner_id is null
        and (left(r.person, 1) <> '+' or o.phone is null)
        group by r.person
    ), once as (
        select distinct on (owner_id) person, owner_id from found order by owner_id, line
    )
    update import_rows r set owner_id = once.owner_id from once
    where r.import_id = :id and r.person = once.person and r.owner_id is null
"""

FIND_RESIDENCIES = """
    update import_rows r set residency_id = t.id from residencies t
    where r.import_id = :id and t.owner_id = r.owner_id and t.unit_id = r.unit_id
"""

REFUSE_UNKNOWN_PROJECTS = """
    update import_rows r set mistakes = r.mistakes || jsonb_build_array(jsonb_build_object(
        'code', 'no_project', 'detail', jsonb_build_object('project', r.project)))
    where r.import_id = :id and r.project <> '' and r.project_id is null
"""

REFUSE_SWITCHED_OFF = """
    update import_rows r set mistakes = r.mistakes || jsonb_build_array(jsonb_build_object(
        'code', 'switched_off', 'detail', jsonb_build_object()))
    from buildings b
    where r.import_id = :id and r.until is null and b.id = r.building_id and (
        not b.is_active
        or exists (select from units u where u.id = r.unit_id and not u.is_active)
    )
"""

# Lines that say two things of one person, one tie or one unit: which of them holds is not for us to guess.
REFUSE_CONTRADICTIONS = f"""
    with said as (
        select r.id, r.line, r.name, r.phone, r.language, r.role, r.floor,
            first_value(r.name) over person as first_name,
            first_value(r.line) over person as name_line,
            first_value(r.language) over spoken as first_language,
            first_value(r.line) over spoken as language_line,
            first_value(r.role) over tie as first_role,
            first_value(r.line) over tie as role_line,
            first_value(r.floor) over storey as first_floor,
            first_value(r.line) over storey as floor_line
        from import_rows r where {GOOD}
        window person as (partition by r.person order by r.phone is null, r.line),
            spoken as (partition by r.person order by r.language is null, r.line),
            tie as (partition by r.person, {UNIT} order by r.line),
            storey as (partition by {UNIT} order by r.floor is null, r.line)
    ), wrong as (
        select id, 1 as place, 'other_name' as code, name_line as line from said
        where phone is not null and name <> first_name
        union all
        select id, 2, 'other_language', language_line from said where language <> first_language
        union all
        select id, 3, 'other_role', role_line from said where role <> first_role
        union all
        select id, 4, 'other_floor', floor_line from said where floor <> first_floor
    ), told as (
        select id, jsonb_agg(jsonb_build_object(
            'code', code, 'detail', jsonb_build_object('line', line)) order by place) as mistakes
        from wrong group by id
    )
    update import_rows r set mistakes = r.mistakes || told.mistakes from told where told.id = r.id
"""

PERSON_ROWS = """
    select r.person, r.owner_id, r.is_new_owner,
        (array_agg(r.name order by r.phone is null, r.line))[1] as name,
        max(r.phone) as phone,
        (array_agg(r.language order by r.language is null, r.line))[1] as language
    from import_rows r where r.import_id = :id group by 1, 2, 3
"""

CHANGED_OWNERS = f"""
    select o.id, o.name as old_name, o.phone as old_phone, o.language as old_language, p.name,
        coalesce(p.phone, o.phone) as phone, coalesce(p.language, o.language) as language
    from ({PERSON_ROWS}) p join owners o on o.id = p.owner_id
    where not p.is_new_owner and (o.name <> p.name
    or (p.phone is not null and o.phone is distinct from p.phone)
    or (p.language is not null and o.language is distinct from p.language))
"""

TIE_ROWS = """
    select distinct on (r.owner_id, r.unit_id) r.owner_id, r.unit_id, r.residency_id, r.role,
        r.share, r.since, r.line,
        (r.until + 1)::timestamp at time zone p.timezone as ended_at
    from import_rows r join projects p on p.id = r.project_id
    where r.import_id = :id order by r.owner_id, r.unit_id, r.line
"""

# Somebody who left and is back proves again who they are; an end that is known already stays as it is.
CHANGED_TIES = f"""
    select t.id, t.role as old_role, t.share as old_share, t.since as old_since,
        t.ended_at as old_ended_at, r.role, coalesce(r.share, t.share) as share,
        coalesce(r.since, t.since) as since,
        case when r.ended_at is null then null else coalesce(t.ended_at, least(r.ended_at, :at))
        end as ended_at
    from ({TIE_ROWS}) r join residencies t on t.id = r.residency_id
    where t.role <> r.role
    or (r.share is not null and t.share is distinct from r.share)
    or (r.since is not null and t.since is distinct from r.since)
    or (t.ended_at is null) <> (r.ended_at is null)
"""

MISSING_TIES = """
    select t.id, t.owner_id, t.unit_id from residencies t join units u on u.id = t.unit_id
    where t.ended_at is null
    and u.building_id in (select building_id from import_rows where import_id = :id)
    and t.id not in (
        select residency_id from import_rows where import_id = :id and residency_id is not null
    )
"""

TELL_CHANGES = f"""
    with owners_changed as ({CHANGED_OWNERS}), ties_changed as ({CHANGED_TIES})
    update import_rows r set change = case
        when r.residency_id is null then 'new'
        when exists (select from ties_changed t where t.id = r.residency_id
            and t.old_ended_at is null and t.ended_at is not null) then 'ended'
        when exists (select from ties_changed t where t.id = r.residency_id) then 'changed'
        when exists (select from owners_changed o where o.id = r.owner_id) then 'changed'
        when exists (select from units u where u.id = r.unit_id and u.floor <> r.floor) then 'changed'
        else 'same' end
    where r.import_id = :id
"""

COUNT = f"""
    select
        (select count(*) from import_rows r where r.import_id = :id) as rows,
        (select count(distinct (r.project_id, r.building)) from import_rows r
            where r.import_id = :id and r.building_id is null) as buildings_made,
        (select count(distinct {UNIT}) from import_rows r
            where r.import_id = :id and r.unit_id is null) as units_made,
        (select count(distinct r.person) from import_rows r
            where r.import_id = :id and r.owner_id is null) as owners_made,
        (select count(*) from ({CHANGED_OWNERS}) o) as owners_updated,
        (select count(distinct (r.person, {UNIT})) from import_rows r
            where r.import_id = :id and r.residency_id is null) as residencies_made,
        (select count(*) from ({CHANGED_TIES}) t
            where t.old_ended_at is not null or t.ended_at is null) as residencies_updated,
        (select count(*) from ({CHANGED_TIES}) t
            where t.old_ended_at is null and t.ended_at is not null)
        + (select count(*) from ({MISSING_TIES}) t where :complete) as residencies_ended
"""

AUDIT = "insert into audit (at, staff_id, action, subject, subject_id, before, after)"

MAKE_BUILDINGS = f"""
    with made as (
        insert into buildings (project_id, name)
        select distinct r.project_id, r.building from import_rows r
        where r.import_id = :id and r.building_id is null
        returning id, project_id, name
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'building.created', 'building', id, null,
        jsonb_build_object('project_id', project_id, 'name', name) from made
"""

MAKE_UNITS = f"""
    with made as (
        insert into units (building_id, kind, entrance, floor, number)
        select r.building_id, r.kind, r.entrance, max(r.floor), r.number from import_rows r
        where r.import_id = :id and r.unit_id is null
        group by r.building_id, r.kind, r.entrance, r.number
        returning id, building_id, kind, entrance, floor, number
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'unit.created', 'unit', id, null, jsonb_build_object(
        'building_id', building_id, 'kind', kind, 'entrance', entrance, 'floor', floor,
        'number', number) from made
"""

CHANGE_UNITS = f"""
    with wanted as (
        select r.unit_id, max(r.floor) as floor from import_rows r
        where r.import_id = :id and r.floor is not null group by r.unit_id
    ), changed as (
        select u.id, u.floor as old_floor, wanted.floor from units u
        join wanted on wanted.unit_id = u.id where u.floor is distinct from wanted.floor
    ), written as (
        update units u set floor = changed.floor from changed where u.id = changed.id
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'unit.updated', 'unit', id,
        jsonb_build_object('floor', old_floor), jsonb_build_object('floor', floor) from changed
"""

NUMBER_OWNERS = """
    with numbered as (
        select person, nextval(pg_get_serial_sequence('owners', 'id')) as owner_id
        from (select distinct r.person from import_rows r
            where r.import_id = :id and r.owner_id is null) new
    )
    update import_rows r set owner_id = numbered.owner_id, is_new_owner = true from numbered
    where r.import_id = :id and r.owner_id is null and r.person = numbered.person
"""

MAKE_OWNERS = f"""
    with made as (
        insert into owners (id, name, phone, language, created_at)
        select p.owner_id, p.name, p.phone, p.language, cast(:at as timestamptz) from ({PERSON_ROWS}) p
        where p.is_new_owner
        returning id, name, phone, language
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'owner.created', 'owner', id, null,
        jsonb_build_object('name', name, 'phone', phone, 'language', language) from made
"""


def _differing(*columns: str) -> tuple[str, str]:
    """Two JSON objects of what differs: the old values and the new ones."""
    template = (
        "case when old_{0} is distinct from {0} then jsonb_build_object('{0}', {1}) else '{{}}' end"
    )
    old = " || ".join(template.format(column, f"old_{column}") for column in columns)
    new = " || ".join(template.format(column, column) for column in columns)
    return old, new


_OLD_OWNER, _NEW_OWNER = _differing("name", "phone", "language")
_OLD_TIE, _NEW_TIE = _differing("role", "share", "since", "ended_at")

CHANGE_OWNERS = f"""
    with changed as ({CHANGED_OWNERS}), written as (
        update owners o set name = changed.name, phone = changed.phone, language = changed.language
        from changed where o.id = changed.id
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'owner.updated', 'owner', id, {_OLD_OWNER}, {_NEW_OWNER}
    from changed
"""

MAKE_TIES = f"""
    with made as (
        insert into residencies (owner_id, unit_id, role, share, since, ended_at)
        select r.owner_id, r.unit_id, r.role, r.share, r.since,
            case when r.ended_at is not null then least(r.ended_at, :at) end
        from ({TIE_ROWS}) r where r.residency_id is null
        returning id, owner_id, unit_id, role, share, since, ended_at
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'residency.created', 'residency', id, null, jsonb_strip_nulls(
        jsonb_build_object('owner_id', owner_id, 'unit_id', unit_id, 'role', role,
        'share', share, 'since', since, 'ended_at', ended_at)) from made
"""

CHANGE_TIES = f"""
    with changed as ({CHANGED_TIES}), written as (
        update residencies t set role = changed.role, share = changed.share,
            since = changed.since, ended_at = changed.ended_at,
            verified_by = case when old_ended_at is not null and changed.ended_at is null
                then null else t.verified_by end,
            verified_at = case when old_ended_at is not null and changed.ended_at is null
                then null else t.verified_at end
        from changed where t.id = changed.id
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint),
        case when old_ended_at is null and ended_at is not null
            then 'residency.ended' else 'residency.updated' end,
        'residency', id, {_OLD_TIE}, {_NEW_TIE} from changed
"""

END_MISSING = f"""
    with missing as ({MISSING_TIES}), written as (
        update residencies t set ended_at = cast(:at as timestamptz) from missing where t.id = missing.id
    )
    {AUDIT} select cast(:at as timestamptz), cast(:staff as bigint), 'residency.ended', 'residency', id,
        jsonb_build_object('ended_at', null),
        jsonb_build_object('ended_at', cast(:at as timestamptz)) from missing
"""

# Foreign keys are checked by a plan that the connection keeps. One made when the tables were all but empty reads them
# whole for every new row; new figures make the database plan again.
COUNT_ANEW = "analyze buildings, units, owners"

FORGET = (
    "update import_rows r set project_id = null, building_id = null, unit_id = null,"
    " owner_id = null, is_new_owner = false, residency_id = null, person = null, change = null"
    " where r.import_id = :id"
)
RESOLVE = (
    FORGET,
    FIND_PROJECTS,
    REFUSE_UNKNOWN_PROJECTS,
    FIND_PERSONS,
    FIND_BUILDINGS,
    FIND_UNITS,
    REFUSE_SWITCHED_OFF,
    FIND_OWNERS_BY_PHONE,
    FIND_OWNERS_BY_NAME,
    FIND_RESIDENCIES,
)
WRITE = (
    MAKE_BUILDINGS,
    FIND_BUILDINGS,
    MAKE_UNITS,
    FIND_UNITS,
    CHANGE_UNITS,
    NUMBER_OWNERS,
    MAKE_OWNERS,
    CHANGE_OWNERS,
    COUNT_ANEW,
    MAKE_TIES,
    CHANGE_TIES,
)
