"""What is wrong with a line of an import, in words: for the console in its language, for the command line in English."""

from __future__ import annotations

from ownerdesk.rules.imports import Mistake
from ownerdesk.texts import Translate


def mistake_sentences(_: Translate) -> dict[str, str]:
    """By the mistake's code; the names in braces are its details."""
    return {
        # Of a line.
        "empty": _("{column} is empty"),
        "too_long": _("{column} is longer than {limit} characters"),
        "no_whole_number": _("{column} is not a whole number"),
        "unknown_value": _("{column} is none of {known}"),
        "no_phone": _("phone is no number with its country code, such as +34 600 000 000"),
        "no_share": _("share is no per cent above 0 and up to 100"),
        "no_date": _("{column} is no date such as 2026-03-31"),
        "future": _("{column} lies in the future"),
        "ends_before": _("until lies before since"),
        "fields": _("{found} fields where the first line names {expected}"),
        "nul": _("a NUL character; this is not a text file"),
        "no_project": _("there is no project {project}"),
        "switched_off": _("the building or the home is switched off"),
        "other_name": _("the phone of line {line} with another name"),
        "other_language": _("the person of line {line}, another language"),
        "other_role": _("the person and unit of line {line}, another role"),
        "other_floor": _("the unit of line {line}, another floor"),
        # Of the file.
        "encoding": _("this is no text that can be read; save the file as “CSV UTF-8”"),
        "not_csv": _("from here on this cannot be read as CSV ({error})"),
        "not_xlsx": _("from here on this cannot be read as an Excel file (.xlsx)"),
        "old_excel": _("this is an old Excel file; save it as .xlsx or as “CSV UTF-8”"),
        "too_large": _("the file is too large when unpacked"),
        "too_many_rows": _("the file has more than {limit} rows; divide it"),
        "empty_file": _("the file is empty; its first line names the columns"),
        "no_rows": _("no rows follow the line that names the columns"),
        "unknown_columns": _("unknown columns: {columns}; known are {known}"),
        "columns_twice": _("columns that stand twice: {columns}"),
        "missing_columns": _("missing columns: {columns}; known are {known}"),
    }


def format_mistake(mistake: Mistake, _: Translate) -> str:
    return mistake_sentences(_)[mistake.code].format(**mistake.detail)
