"""What the address of the work list says, as typed values and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from console.forms import BadForm, parse_id
from ownerdesk.model import Appeal
from ownerdesk.model.labels import NATURES, SEVERITIES, AppealState
from ownerdesk.queries.list_orders import NOT_DUE, ORDERS, Key
from ownerdesk.queries.work_list import AGES, OTHER_LANGUAGE, TABS, AppealFilter
from ownerdesk.rules.categories import is_category_code
from ownerdesk.texts import LANGUAGES

FIRST_TAB = "open"
# What is most urgent stands first where time matters; elsewhere the newest.
_ORDER_OF_TAB = {"soon": "due", "overdue": "due"}
MAX_SEARCH = 200


@dataclass(frozen=True)
class ListQuery:
    """What the address of the work list says. Whatever it says wrongly is left out, not refused: a list with
    a filter less is shown with that filter empty. `after` and `before` are keys of pages."""

    tab: str = FIRST_TAB
    state: str = ""
    nature: str = ""
    category: str = ""
    severity: str = ""
    project: int | None = None
    building: int | None = None
    department: int | None = None
    person: int | None = None
    language: str = ""
    age: str = ""
    rating: int | None = None
    q: str = ""
    order: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> ListQuery:
        def one_of(name: str, choices: tuple[str, ...], default: str = "") -> str:
            value = query.get(name, "")
            return value if value in choices else default

        def whole(name: str) -> int | None:
            try:
                return parse_id(query.get(name, ""), name)
            except BadForm:
                return None

        stars = whole("rating")
        return cls(
            tab=one_of("tab", TABS, FIRST_TAB),
            state=one_of("state", tuple(AppealState)),
            nature=one_of("nature", NATURES),
            category=query["category"] if is_category_code(query.get("category", "")) else "",
            severity=one_of("severity", SEVERITIES),
            project=whole("project"),
            building=whole("building"),
            department=whole("department"),
            person=whole("person"),
            language=one_of("language", (*LANGUAGES, OTHER_LANGUAGE)),
            age=one_of("age", tuple(AGES)),
            rating=stars if stars in range(1, 6) else None,
            q=query.get("q", "").replace("\x00", "").strip()[:MAX_SEARCH],
            order=one_of("order", tuple(ORDERS)),
            after=query.get("after", "")[:80],
            before=query.get("before", "")[:80],
        )

    @property
    def usual_order(self) -> str:
        return _ORDER_OF_TAB.get(self.tab, "newest")

    @property
    def sorted_by(self) -> str:
        return self.order or self.usual_order

    def as_filter(self) -> AppealFilter:
        return AppealFilter(
            tab=self.tab,
            state=self.state,
            nature=self.nature,
            category=self.category,
            severity=self.severity,
            project_id=self.project,
            building_id=self.building,
            department_id=self.department,
            person_id=self.person,
            language=self.language,
            age=self.age,
            rating=self.rating,
            text=self.q,
            order=self.sorted_by,
            key=self._key(),
        )

    def _key(self) -> Key | None:
        text = self.before or self.after
        return parse_key(text, self.sorted_by, is_back=bool(self.before)) if text else None

    def as_query(self, **changes: object) -> dict[str, str]:
        """The address of a neighbouring list: this one with something changed."""
        values = {f.name: getattr(self, f.name) for f in fields(self)} | changes
        return {name: str(value) for name, value in values.items() if value not in (None, "")}

    def as_view(self) -> dict[str, str]:
        """What of it a saved view keeps: everything but the page."""
        return self.as_query(after="", before="")

    def as_tab(self, tab: str) -> dict[str, str]:
        """Another tab under the same filters, sorted as that tab is."""
        return self.as_query(tab=tab, order="", after="", before="")

    def key_after(self, appeal: Appeal) -> str:
        """The key of a page that ends with this appeal."""
        value = ORDERS[self.sorted_by].value(appeal)
        return f"{value}~{appeal.id}" if value else str(appeal.id)

    @property
    def cleared(self) -> ListQuery:
        return ListQuery(tab=self.tab, order=self.order)

    @property
    def is_narrowed(self) -> bool:
        return replace(self, after="", before="") != self.cleared

    @property
    def has_more_filters(self) -> bool:
        """Whether one of the filters that are folded away is set."""
        return any(
            (self.state, self.nature, self.building, self.language, self.age, self.rating,
             self.department)
        )  # fmt: skip


def parse_key(text: str, order: str, *, is_back: bool) -> Key | None:
    """None for what is no key of this order: the list then begins at its beginning."""
    value_text, _, id_text = text.rpartition("~")
    try:
        appeal_id = parse_id(id_text, "key")
        return Key(_parse_value(value_text, order), appeal_id, is_back)
    except (BadForm, ValueError):
        return None


def _parse_value(text: str, order: str) -> datetime | int | str:
    match order:
        case "due" if text == NOT_DUE:
            return NOT_DUE
        case "due" | "last":
            value = datetime.fromisoformat(text)
            if value.tzinfo is None:
                raise ValueError
            return value
        case "severity":
            return min(parse_id(text, "key"), 100)
        case _:
            return ""
