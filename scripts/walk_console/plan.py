"""Whose appeal is handled how: the plan an agent would make on reading it."""

from __future__ import annotations

from scripts.walk_console.tasks import (
    Step,
    accept,
    ask,
    correct,
    dispatch,
    go_there,
    hand_back,
    merge,
    note,
    postpone,
    promise,
    reply,
    resolve,
    undo,
)

REPAIR: tuple[Step, ...] = (accept, dispatch("Sam"))
TO_THE_END: tuple[Step, ...] = (
    accept,
    dispatch("Gus"),
    go_there,
    resolve("The worn part was replaced and tried.", "Wear"),
)
GRIEVANCE: tuple[Step, ...] = (
    accept,
    reply("I have read all you wrote and look into it myself today.", "/"),
    hand_back(""),
    promise("I will tell you by then what I found."),
)
ORDER: tuple[Step, ...] = (accept, promise("I will have the electrician at your door by then."))

# By the family name, as the work list shows it.
PLANS: dict[str, tuple[Step, ...]] = {
    "Fernsby": (accept, note(" is this the lamp of last week?", "mil"), dispatch("Tilly")),
    "竹": TO_THE_END,
    "Larkspur": (resolve("The balcony drain was cleared.", "Leaves"),),
    "Applegarth": ORDER,
    "Tomillar": (accept, undo, accept, dispatch("Gus")),
    "Thistlewood": (*GRIEVANCE, dispatch("Accounts")),
    "Marlowe-Finch": (accept, reply("I am here. What is it about?"), hand_back("")),
    "Almendro": GRIEVANCE,
    "Quillfeather": (accept, dispatch("Sam"), promise("I will have it fixed by then.")),
    "Brambleton": (accept, correct("Lift"), dispatch("Maintenance")),
    "桂": REPAIR,
    "Cobblepot": (reply("", "?fee"), hand_back("")),
    "Wexcombe": (accept, dispatch("Cleaning")),
    "Nettlefield": TO_THE_END,
    "梧": GRIEVANCE,
    "Zarzamora": ORDER,
    "Mossbank": (accept, dispatch("Maintenance"), note(" the bill is yours, please.", "mil")),
    "荷": ORDER,
    "Sallowby": (accept, ask("Is it the blue or the grey fob?")),
    "Rookwood": (accept, postpone("The part for the gate comes tomorrow.")),
    "Barleycorn": (reply("The concierge cuts a second key for you.", "/"), hand_back("")),
    "柏": GRIEVANCE,
    "Tansley-Oak": TO_THE_END,
    "Foxgrove": REPAIR,
    "Kettlewick": (accept, dispatch("Landscaping")),
    "Sorrelhurst": TO_THE_END,
    "Plumridge": REPAIR,
    "Cloverleigh": (accept, merge),
}
