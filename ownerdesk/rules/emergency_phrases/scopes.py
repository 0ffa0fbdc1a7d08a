"""Decides which dangers named in a message are meant as real and happening now.

A message is cut into clauses. What is past, supposed, asked, heard in the news or priced weakens a danger or
takes it away, but never reaches over a full stop or a "now" or a "but" into the next statement, with two
exceptions: "it has been fixed" also speaks of what was said before it, and what a message is written for
("please cancel", "any news?", "who pays?") of all that is not told as going on now.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from ownerdesk.rules.emergency_phrases.reading import Mark, Reading
from ownerdesk.rules.emergency_phrases.text import is_break, is_hard_break

LIVE, WEAK, DEAD = 2, 1, 0
_LONGEST_NEGATION = 5
# What a message is for: how much is left of a danger in the same statement, and in the others.
_PURPOSES = (
    ("withdrawn", DEAD, WEAK),
    ("news_asked", DEAD, WEAK),
    ("aftermath", DEAD, WEAK),
    ("reassured", DEAD, WEAK),
    ("mild", WEAK, WEAK),
    ("grievance", WEAK, WEAK),
    ("past", WEAK, WEAK),
    ("reported_before", WEAK, WEAK),
    ("joke", WEAK, WEAK),
)
_OUTDONE_BY_URGENCY = ("past", "reported_before", "mild", "grievance")
_URGENT = ("present", "urgent")
# Longer phrases of these ideas take nothing from a "no" within them, as "not breathing" does.
_NOT_OF_ONE_PIECE = ("no", "filling", "resolved", *(idea for idea, _, _ in _PURPOSES))
_NOT_DENIABLE = ("no", "filling", "or", "and", "harmless")


@dataclass(slots=True)
class Clause:
    start: int
    end: int
    opening: str
    """What stands before it: `hard`, `turn`, `soft` or `and`."""
    closing: str = ""
    strength: int = LIVE


class Scopes:
    """The weight of every danger in one message."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._clause_of = [0] * (len(reading.words) + 1)
        self._clauses = self._cut_clauses()
        self._statement_of = list(
            accumulate(int(clause.opening in ("hard", "turn")) for clause in self._clauses)
        )
        self._word_strength = [LIVE] * (len(reading.words) + 1)
        self._negated: set[tuple[int, int]] = set()
        self._all_no_ends = {mark.end for mark in self._marks("no")}
        self._weigh_past()
        self._weigh_whole_statements()
        self._weigh_questions()
        self._weigh_supposed()
        self._weigh_resolved()
        self._weigh_whole_message()
        self._find_negated()

    def strength(self, mark: Mark) -> int:
        if self.is_negated(mark):
            return DEAD
        return min(
            self._clauses[self._clause_of[mark.start]].strength, self._word_strength[mark.start]
        )

    def is_negated(self, mark: Mark) -> bool:
        return (mark.start, mark.end) in self._negated

    def same_statement(self, one: Mark, other: Mark) -> bool:
        clauses = self._clause_of
        return self._statement_of[clauses[one.start]] == self._statement_of[clauses[other.start]]

    def _marks(self, idea: str) -> list[Mark]:
        return self._reading.marks.get(idea, [])

    def _cut_clauses(self) -> list[Clause]:
        words = self._reading.words
        turns = {mark.start for mark in self._marks("turn")}
        ands = {mark.start for mark in self._marks("and")}
        clauses = [Clause(0, 0, "hard")]
        opening = ""
        for i, word in enumerate(words):
            clause = clauses[-1]
            if is_break(word):
                clause.closing = clause.closing or word
                opening = "hard" if is_hard_break(word) or opening == "hard" else "soft"
            else:
                if i in turns and opening != "hard":
                    opening = "turn"
                elif i in ands and not opening:
                    opening = "and"
                if opening and clause.end > clause.start:
                    clauses.append(Clause(i, i, opening))
                opening = ""
                clauses[-1].end = i + 1
            self._clause_of[i] = len(clauses) - 1
        return clauses

    def _clauses_with(self, idea: str) -> set[int]:
        return {self._clause_of[mark.start] for mark in self._marks(idea)}

    def _weigh_past(self) -> None:
        past, present = self._clauses_with("past"), self._clauses_with("present")
        told_past, resolved = self._clauses_with("past_tense"), self._clauses_with("resolved")
        said_now = {self._statement_of[i] for i in present}
        carried = before = False
        for i, clause in enumerate(self._clauses):
            if clause.opening in ("hard", "turn"):
                carried = False
            if i in present:
                carried = before = False
            elif i in past or carried:
                carried = before = True
                clause.strength = DEAD
            elif i in told_past and (before or self._statement_of[i] not in said_now):
                clause.strength = DEAD if before else WEAK
            before = before or i in resolved

    def _weigh_whole_statements(self) -> None:
        """News and drills, prices and rules, and habits colour the statement they stand in, from end to end."""
        present = self._clauses_with("present")
        elsewhere = {self._statement_of[i] for i in self._clauses_with("elsewhere")}
        business = {
            self._statement_of[i]
            for i in self._clauses_with("price") | self._clauses_with("rule_asked")
        }
        habit = {self._statement_of[i] for i in self._clauses_with("habit")}
        for i, clause in enumerate(self._clauses):
            statement = self._statement_of[i]
            if statement in elsewhere or (statement in business and i not in present):
                clause.strength = DEAD
            elif statement in habit:
                clause.strength = min(clause.strength, WEAK)

    def _weigh_questions(self) -> None:
        """A plain "?" weakens its own clause, and at the end all that is not told as going on now.

        "???" and "?!" are how people shout.
        """
        stated = self._clauses_with("stated")
        asked = self._clauses_with("asked")
        for i, clause in enumerate(self._clauses):
            if i not in stated and (clause.closing == "?" or i in asked):
                clause.strength = min(clause.strength, WEAK)
        if self._clauses[-1].closing == "?":
            present = self._clauses_with("present")
            for i, clause in enumerate(self._clauses):
                if i not in stated and i not in present:
                    clause.strength = min(clause.strength, WEAK)

    def _weigh_supposed(self) -> None:
        """From "if" to the end of its clause and what "and" adds to it."""
        ends = [clause.end for clause in self._clauses]
        for i in range(len(ends) - 2, -1, -1):
            if self._clauses[i + 1].opening == "and":
                ends[i] = ends[i + 1]
        for idea, strength in (("supposed", DEAD), ("doubt", WEAK)):
            weighed = 0
            for mark in self._marks(idea):
                end = ends[self._clause_of[mark.start]]
                for i in range(max(mark.end, weighed), end):
                    self._word_strength[i] = min(self._word_strength[i], strength)
                weighed = max(weighed, end)

    def _weigh_resolved(self) -> None:
        """What is said to be over takes away what stands before it, unless that is told as still there."""
        present, past = self._clauses_with("present"), self._clauses_with("past")
        last_said = {
            self._clause_of[mark.start]: mark.start
            for mark in self._marks("resolved")
            if not self._is_denied(mark) and self._word_strength[mark.start] == LIVE
        }
        over = over_some_time_ago = False
        for i in range(len(self._clauses) - 1, -1, -1):
            clause = self._clauses[i]
            if over and i not in present:
                clause.strength = DEAD
            elif over or over_some_time_ago:
                clause.strength = min(clause.strength, WEAK)
            if i in last_said:
                over = over or i not in past
                over_some_time_ago = over_some_time_ago or i in past
                for word in range(clause.start, last_said[i]):
                    self._word_strength[word] = DEAD
                if i not in present:
                    clause.strength = DEAD
        false_alarms = {self._statement_of[i] for i in self._clauses_with("false_alarm")}
        last_false = max(false_alarms, default=-1)
        for i, clause in enumerate(self._clauses):
            if self._statement_of[i] <= last_false:
                clause.strength = DEAD

    def _weigh_whole_message(self) -> None:
        """What an owner writes for: to take a report back, to hear how it stands, to be paid, to complain,
        to have something mended one day, to joke.

        Such words speak of the whole message, but leave alone what is told as going on now. A joke is about
        everything, and a report is taken back with all that was said before. Manners, blame and old stories
        count for nothing where somebody is urgent.
        """
        present = self._clauses_with("present")
        is_urgent = any(self._marks(idea) for idea in _URGENT)
        for idea, here, elsewhere in _PURPOSES:
            named = self._clauses_with(idea)
            if is_urgent and idea in _OUTDONE_BY_URGENCY:
                continue
            statements = {self._statement_of[i] for i in named}
            last = max(named, default=-1)
            for i, clause in enumerate(self._clauses if named else ()):
                if (idea == "withdrawn" and i <= last) or (i in named and here == DEAD):
                    clause.strength = DEAD
                elif idea == "joke" or not (i in present or clause.opening == "turn"):
                    left = here if self._statement_of[i] in statements else elsewhere
                    clause.strength = min(clause.strength, left)

    def _find_negated(self) -> None:
        """A danger is denied when only filling words stand between it and a "no" before it."""
        no_ends = self._ends_of_no()
        if not no_ends:
            return
        filling = {i for mark in self._marks("filling") for i in range(mark.start, mark.end)}
        joining = {mark.start for mark in self._marks("or")}
        denied_until: set[int] = set()
        for mark in sorted(mark for found in self._reading.marks.values() for mark in found):
            if mark.idea in _NOT_DENIABLE:
                continue
            position = mark.start
            for _ in range(_LONGEST_NEGATION):
                joined = position - 1 in joining and position - 1 in denied_until
                if position in no_ends or joined:
                    self._negated.add((mark.start, mark.end))
                    denied_until.add(mark.end)
                    break
                if position - 1 not in filling:
                    break
                position -= 1

    def _ends_of_no(self) -> set[int]:
        """Where each "no" ends that is not part of a longer phrase such as "not breathing"."""
        inside = {
            i
            for idea, found in self._reading.marks.items()
            if idea not in _NOT_OF_ONE_PIECE
            for mark in found
            if mark.end - mark.start > 1
            for i in range(mark.start, mark.end)
        }
        return {mark.end for mark in self._marks("no") if mark.start not in inside}

    def _is_denied(self, mark: Mark) -> bool:
        return any(end in self._all_no_ends for end in range(mark.start - 3, mark.start + 1))
