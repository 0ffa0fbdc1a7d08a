"""Finds every text that an owner can be told, so that the settings can list them: `ownerdesk/content/owner_texts.yml`.

An owner is spoken to through `voice_of(…)` or `speak(…)`. What such a function says is theirs, and what the functions
say that it is handed to. Run it after a text for owners was added; a test tells when that was forgotten.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
LISTED = REPOSITORY / "ownerdesk" / "content" / "owner_texts.yml"
FOLDERS = ("ownerdesk", "bot", "actions")
VOICES = frozenset({"voice_of", "speak"})
HEAD = """\
# Every text an owner can be told, by the file that says it. Written by scripts/list_owner_texts.py.
"""

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass
class Said:
    """What one function says through each of the names it has a voice by, and to whom it hands which."""

    file: str
    parameters: list[str]
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    handed: list[tuple[str, str, int | str]] = field(default_factory=list)
    owners: set[str] = field(default_factory=set)
    # Parameters that are themselves called with an owner's voice: templates handed about as functions.
    templates: set[str] = field(default_factory=set)
    lambdas: list[tuple[str, int | str, ast.Lambda]] = field(default_factory=list)


# What was found of each function without a name.
lambdas: dict[ast.Lambda, Said] = {}


def main() -> int:
    LISTED.write_text(HEAD + render(collect()), encoding="utf-8")
    return 0


def render(texts: dict[str, list[str]]) -> str:
    return yaml.safe_dump(texts, allow_unicode=True, sort_keys=True, width=10_000)


def collect() -> dict[str, list[str]]:
    """The texts by the name of the file that says them, each once, in the order of the code."""
    functions: dict[str, list[Said]] = defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            _read(ast.parse(path.read_text(encoding="utf-8")), path.stem, None, functions)
    _hand_on(functions)
    found: dict[str, list[str]] = defaultdict(list)
    known: set[str] = set()
    for said in sorted((s for group in functions.values() for s in group), key=lambda s: s.file):
        for name in sorted(said.owners):
            fresh = [text for text in said.texts[name] if text not in known]
            known |= set(fresh)
            found[said.file] += list(dict.fromkeys(fresh))
    return {file: texts for file, texts in found.items() if texts}


def _read(node: ast.AST, file: str, around: Said | None, functions: dict[str, list[Said]]) -> None:
    """Walk down; an inner function has the voices of the one around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            parameters = [a.arg for a in (*child.args.posonlyargs, *child.args.args)]
            parameters += [a.arg for a in child.args.kwonlyargs]
            said = Said(file, parameters)
            name = child.name if not isinstance(child, ast.Lambda) else f"lambda:{file}"
            if isinstance(child, ast.Lambda):
                lambdas[child] = said
            elif around is not None and "_" not in parameters and not _binds(child):
                said = around
            functions[name].append(said)
            _look(child, said)
            _read(child, file, said, functions)
        else:
            _read(child, file, around, functions)


def _binds(function: Function) -> bool:
    return any(True for node in _own_nodes(function) if _bound_name(node))


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Everything in a function that is in no function inside it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, Function):
            yield child
            yield from _own_nodes(child)


def _bound_name(node: ast.AST) -> str:
    """The name that is given a voice, of an owner or of staff."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        target = node.targets[0]
        if isinstance(target, ast.Name) and _called(node.value) in {*VOICES, "translator"}:
            return target.id
    return ""


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
    return ""


def _look(function: Function, said: Said) -> None:
    """What is said and handed on, in the order of the code: a name may get another voice on the way."""
    voices: dict[str, str] = {}
    for node in _own_nodes(function):
        bound = _bound_name(node)
        if bound and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            is_owners = _called(node.value) in VOICES
            voices[bound] = bound if is_owners else f"{bound} of staff"
            if is_owners:
                said.owners.add(bound)
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        if isinstance(node.func, ast.Name) and node.args and isinstance(node.args[0], ast.Constant):
            text = node.args[0].value
            if isinstance(text, str):
                said.texts[voices.get(called, called)].append(text)
        places: list[tuple[int | str, ast.expr]] = [*enumerate(node.args)]
        places += [(k.arg, k.value) for k in node.keywords if k.arg]
        for place, value in places:
            if isinstance(value, ast.Name):
                said.handed.append((voices.get(value.id, value.id), called, place))
            elif isinstance(value, ast.Lambda):
                said.lambdas.append((called, place, value))
            elif isinstance(value, ast.Call) and _called(value) in VOICES:
                said.owners.add(f"*{called}")
                said.handed.append((f"*{called}", called, place))


def _hand_on(functions: dict[str, list[Said]]) -> None:
    """What an owner's voice is handed to speaks to owners, and so on. A parameter that is itself called with one is a
    template, and so is what is handed on to such a parameter."""
    everything = [said for group in functions.values() for said in group]
    size = -1
    while size != (size := sum(len(s.owners) + len(s.templates) for s in everything)):
        for said in everything:
            for name, called, place in said.handed:
                for target in _targets(functions, said, called):
                    parameter = _parameter(target, place)
                    if parameter and name in said.owners:
                        target.owners.add(parameter)
                    if parameter in target.templates:
                        said.templates.add(name)
                if name in said.owners:
                    said.templates.add(called)
            for called, place, template in said.lambdas:
                for target in _targets(functions, said, called):
                    if _parameter(target, place) in target.templates:
                        lambdas[template].owners.add("_")


def _targets(functions: dict[str, list[Said]], said: Said, called: str) -> list[Said]:
    """The functions of that name: those of the same file, where it has any."""
    targets = functions.get(called, [])
    return [target for target in targets if target.file == said.file] or targets


def _parameter(said: Said, place: int | str) -> str:
    if isinstance(place, str):
        return place if place in said.parameters else ""
    shift = 1 if said.parameters[:1] in (["self"], ["cls"]) else 0
    at = place + shift
    return said.parameters[at] if at < len(said.parameters) else ""


if __name__ == "__main__":
    sys.exit(main())
