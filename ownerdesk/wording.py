"""Labels and states in the words of owners and staff."""

from __future__ import annotations

from datetime import datetime

from ownerdesk.model import EarlyWarning
from ownerdesk.rules.places import Named
from ownerdesk.texts import LANGUAGES, Translate, format_when


def nature_names(_: Translate) -> dict[str, str]:
    return {
        "emergency": _("Emergency"),
        "dissatisfaction": _("Complaint"),
        "help_seeking": _("Help needed"),
        "consultation": _("Question"),
        "paid_service": _("Paid service"),
        "other": _("Other"),
    }


def category_names(_: Translate) -> dict[str, str]:
    return {
        "air_conditioning": _("Air conditioning"),
        "heating": _("Heating and hot water"),
        "lighting": _("Lighting"),
        "water_supply": _("Water supply"),
        "drainage": _("Drains and leaks"),
        "power_supply": _("Electricity"),
        "gas": _("Gas"),
        "elevator": _("Lift"),
        "doors_access": _("Doors, keys and access"),
        "fire_safety": _("Fire safety"),
        "telecom": _("Internet, TV and phone"),
        "staff_conduct": _("Conduct of staff"),
        "maintenance_quality": _("Quality of repairs"),
        "security": _("Security"),
        "parking": _("Parking"),
        "mail_delivery": _("Post and parcels"),
        "cleaning": _("Cleaning and rubbish"),
        "landscaping": _("Plants and grounds"),
        "noise": _("Noise"),
        "neighbours": _("Neighbours"),
        "pests": _("Pests"),
        "amenities": _("Pool, gym, playground, halls"),
        "structure": _("Building, roof and paving"),
        "property_fee": _("Property fee"),
        "utility_bill": _("Utility bill"),
        "renovation": _("Works in a home"),
        "paperwork": _("Papers and registration"),
        "home_lighting": _("Lamps at home"),
        "home_garden": _("Plants at home"),
        "home_cleaning": _("Cleaning at home"),
        "home_repair": _("Repairs at home"),
        "home_moving": _("Moving and assembly"),
        "home_care": _("Care while away"),
        "other": _("Something else"),
    }


def category_group_names(_: Translate) -> dict[str, str]:
    return {
        "equipment": _("Equipment"),
        "service_attitude": _("Staff"),
        "service_quality": _("Services"),
        "community": _("Living together"),
        "administration": _("Fees and papers"),
        "paid_service_items": _("Services at home"),
    }


def kind_names(_: Translate) -> dict[str, str]:
    return {
        "fire": _("Fire or smoke"),
        "gas_leak": _("Gas"),
        "flooding": _("Flooding"),
        "entrapment": _("Somebody trapped"),
        "electrical": _("Danger from electricity"),
        "medical": _("Somebody hurt or ill"),
        "crime": _("Crime in progress"),
        "structural": _("Falling parts"),
        "other": _("Danger"),
    }


def who_names(_: Translate) -> dict[str, str]:
    """Whom a step of an emergency plan alarms."""
    return {
        "on_duty": _("everybody on duty"),
        "department_head": _("the head of the department"),
        "manager": _("the managers"),
        "project_manager": _("the project managers"),
        "head_office": _("head office"),
    }


def neighbour_rule_names(_: Translate) -> dict[str, str]:
    """Which homes a plan takes to be at risk."""
    return {
        "none": _("nobody"),
        "above_and_below": _("above and below"),
        "entrance": _("the whole entrance"),
        "building": _("the whole building"),
    }


def fault_names(_: Translate) -> dict[str, str]:
    """What is wrong with an emergency plan, and so what to put right."""
    return {
        "no_plan": _("There is no plan."),
        "no_steps": _("The plan has no steps."),
        "too_late": _("Nobody is alarmed at once."),
        "unknown_who": _("It is not clear who is meant."),
        "times_not_increasing": _("The step comes before the one above it."),
        "nobody": _("Nobody can be reached here now."),
        "no_number": _("A number to call is missing."),
    }


def state_names(_: Translate) -> dict[str, str]:
    return {
        "received": _("Received"),
        "accepted": _("Accepted"),
        "dispatched": _("Somebody is assigned"),
        "in_progress": _("Being worked on"),
        "deferred": _("Postponed"),
        "resolved": _("Done, waiting for your word"),
        "closed": _("Closed"),
        "cancelled": _("Withdrawn"),
    }


def promise_sentences(_: Translate) -> dict[str, str]:
    """What is promised, in the first person, with its time as `{when}`."""
    return {
        "acceptance": _("A person will take this on by {when}."),
        "arrival": _("I will have somebody at your door by {when}."),
        "first_answer": _("I will answer you by {when}."),
        "next_update": _("I will write to you again by {when}."),
        "resolution": _("I will have this solved by {when}."),
    }


def price_unit_names(_: Translate) -> dict[str, str]:
    return {
        "visit": _("per visit"),
        "hour": _("per hour"),
        "sqm": _("per m²"),
        "item": _("per item"),
    }


def place_names(_: Translate) -> dict[str, str]:
    """Places in a building and its grounds, as the reader names them."""
    return {
        "landing": _("landing"),
        "stairwell": _("stairwell"),
        "corridor": _("corridor"),
        "lobby": _("lobby"),
        "entrance": _("entrance hall"),
        "garage": _("garage"),
        "basement": _("basement"),
        "roof": _("roof"),
        "attic": _("attic"),
        "courtyard": _("courtyard"),
        "garden": _("garden"),
        "playground": _("playground"),
        "pool": _("pool"),
        "gym": _("gym"),
        "bin_room": _("bin room"),
        "laundry": _("laundry room"),
        "storage": _("store room"),
        "bathroom": _("bathroom"),
        "kitchen": _("kitchen"),
        "bedroom": _("bedroom"),
        "living_room": _("living room"),
        "balcony": _("balcony"),
        "hall": _("hall"),
    }


def thing_names(_: Translate) -> dict[str, str]:
    """Things that messages are about, as the reader names them."""
    return {
        "lamp": _("lamp"),
        "lift": _("lift"),
        "door": _("door"),
        "lock": _("lock"),
        "key": _("key or card"),
        "intercom": _("intercom"),
        "gate": _("gate"),
        "window": _("window"),
        "tap": _("tap"),
        "toilet": _("toilet"),
        "sink": _("sink"),
        "shower": _("shower"),
        "bathtub": _("bathtub"),
        "pipe": _("pipe"),
        "drain": _("drain"),
        "radiator": _("radiator"),
        "boiler": _("boiler"),
        "air_conditioner": _("air conditioner"),
        "ventilation": _("ventilation"),
        "socket": _("socket"),
        "switch": _("switch"),
        "fuse_box": _("fuse box"),
        "meter": _("meter"),
        "camera": _("camera"),
        "mailbox": _("mailbox"),
        "smoke_alarm": _("smoke alarm"),
        "extinguisher": _("extinguisher"),
        "emergency_light": _("emergency light"),
        "handrail": _("handrail"),
        "tile": _("tile"),
        "ceiling": _("ceiling"),
        "wall": _("wall"),
        "pump": _("pump"),
        "hob": _("stove or oven"),
        "washing_machine": _("washing machine"),
        "dishwasher": _("dishwasher"),
        "fridge": _("fridge"),
        "antenna": _("antenna"),
        "router": _("router"),
        "blind": _("blind"),
        "cable": _("cable"),
        "fence": _("fence"),
    }


def format_named(named: Named, _: Translate) -> str:
    """What a message names, for staff: "building 3, entrance 2, floor 4, flat 1502, landing, lamp"."""
    places, things = place_names(_), thing_names(_)
    return ", ".join(
        [
            *(_("building {name}").format(name=name) for name in named.buildings),
            *(_("entrance {name}").format(name=name) for name in named.entrances),
            *(_("floor {name}").format(name=name) for name in named.floors),
            *(_("flat {number}").format(number=number) for number in named.units),
            *(places.get(name, name) for name in named.places),
            *(things.get(name, name) for name in named.things),
        ]
    )


def turn_reason_names(_: Translate) -> dict[str, str]:
    """Why an appeal turned into dissatisfaction, for staff."""
    return {
        "repeated_asking": _("the owner has asked again and again"),
        "missed_promise": _("a promise was missed, and the owner asks"),
        "sharp_word": _("the owner uses sharp words"),
        "dissatisfaction": _("what the owner writes now is a complaint"),
        "low_rating": _("the owner gave one or two stars"),
    }


def step_names(_: Translate) -> dict[str, str]:
    """The five steps of an appeal (S11), for staff."""
    return {
        "receive": _("Receive"),
        "record": _("Listen and record"),
        "handle": _("Judge and handle"),
        "return_visit": _("Return visit"),
        "sum_up": _("Sum up"),
    }


def visit_reason_names(_: Translate) -> dict[str, str]:
    """Why a return visit is paid, for staff."""
    return {
        "major": _("a major matter"),
        "low_rating": _("a low rating"),
        "repeat": _("the same thing again"),
    }


def visit_result_names(_: Translate) -> dict[str, str]:
    """What became of a return visit, for staff."""
    return {
        "satisfied": _("all is well"),
        "not_satisfied": _("the owner is not content"),
        "came_back": _("it came back"),
        "not_reached": _("the owner was not reached"),
    }


def visit_script(group: str, _: Translate) -> list[str]:
    """What to ask in a return visit, by the group of the category, for staff."""
    questions = {
        "equipment": [
            _("Does it still work as it should, without noise, smell or drops?"),
            _("Was the place left clean?"),
        ],
        "service_attitude": [
            _("Has anybody of us spoken with you since, and was it as you would wish?"),
            _("What would you have us do differently?"),
        ],
        "service_quality": [
            _("Has it been better since, every time?"),
            _("What would you have us do differently?"),
        ],
        "community": [
            _("Has it been quiet and in order since?"),
            _("Is there anything else that troubles you in the house?"),
        ],
        "administration": [
            _("Is everything clear and correct now?"),
            _("Did you get all the papers you need?"),
        ],
        "paid_service_items": [
            _("Are you content with the work and with what it cost?"),
            _("Was your home left clean?"),
        ],
    }
    opening = _(
        "Thank the owner, say your name and the number of the appeal, and ask how it is now."
    )
    closing = _("Did it come back, or is anything else left to do?")
    return [opening, *questions.get(group, []), closing]


def format_warning(
    warning: EarlyWarning, _: Translate, *, timezone: str, language: str, now: datetime
) -> str:
    """The reason of an early warning in words, from what was counted."""
    data = warning.reason
    match warning.cause:
        case "more_than_usual":
            when = format_when(
                datetime.fromisoformat(data["from"]), timezone=timezone, language=language, now=now
            )
            return _(
                "{count} appeals in the hour from {when}; about {usual} are usual on this weekday at this hour."
            ).format(count=data["count"], when=when, usual=data["usual"])
        case "repeated_asks":
            return _("asked {asks} times within {days} days.").format(**data)
        case "broken_promises":
            return _("{promises} promises were broken within {days} days.").format(**data)
        case _cause:
            stars = ", ".join(str(star) for star in data["stars"])
            return _("the stars are falling: {stars}.").format(stars=stars)


def drift_names(_: Translate) -> dict[str, str]:
    """What is compared from week to week, for staff."""
    return {
        "handoffs": _("Went to people"),
        "clarifications": _("Asked back"),
        "corrections": _("Corrected"),
        "confidence": _("Mean confidence"),
    }


def format_drift(measure: str, language: str, before: float, after: float, _: Translate) -> str:
    """Why a warning of drift was raised, for admins; shares are from 0 to 1."""
    said = {
        "handoffs": _(
            "Of the messages in {language}, {after} % went to people this week; {before} % in the weeks before."
        ),
        "clarifications": _(
            "The bot asked back about {after} % of the messages in {language} this week; {before} % in the weeks before."
        ),
        "corrections": _(
            "Of the messages in {language}, {after} % were corrected this week; {before} % in the weeks before."
        ),
        "confidence": _(
            "Messages in {language} are read with a confidence of {after} % this week; {before} % in the weeks before."
        ),
    }[measure]
    name = LANGUAGES.get(language, language)
    return said.format(language=name, after=round(100 * after), before=round(100 * before))
