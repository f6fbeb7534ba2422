"""Fixtures that run for a test, as far as its file and the conftest.py files above it say."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from pv.binding.index import Index
from pv.binding.module import Function, Mark, Module

_FIXTURE = "pytest.fixture"
_USED = "pytest.mark.usefixtures"


def fixtures_of(function: Function, index: Index) -> tuple[Function, ...]:
    """Fixtures that ``function`` takes, is marked with, or gets unasked, and theirs in turn."""
    module = index.module(function.path)
    if module is None:
        return ()
    near = list(_visible(function, module, index))
    todo = [
        *function.parameters,
        *_marked(function, module),
        *(name for name, _, is_autouse in near if is_autouse),
    ]
    found: dict[str, Function] = {}
    seen: set[str] = set()
    while todo:
        wanted = todo.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        for name, fixture, _ in near:
            if name == wanted:
                found[f"{fixture.node_id}:{fixture.span.line}"] = fixture
                todo += fixture.parameters
    return tuple(found.values())


def _visible(
    function: Function, module: Module, index: Index
) -> Iterator[tuple[str, Function, bool]]:
    """Name, function and autouse of every fixture that the test could take."""
    classes = {definition.name for definition in module.lineage(function.class_name)}
    folder = PurePosixPath(function.path)
    above = (index.module((parent / "conftest.py").as_posix()) for parent in folder.parents)
    for candidate in (module, *filter(None, above)):
        for fixture in candidate.functions:
            is_method = candidate is module and fixture.class_name in classes
            is_near = fixture.container == "module" or (fixture.container == "class" and is_method)
            marks = [mark for mark in fixture.decorators if mark.name == _FIXTURE]
            if is_near and marks:
                keywords = _keywords(marks[0])
                yield (
                    str(keywords.get("name", fixture.name)),
                    fixture,
                    bool(keywords.get("autouse", False)),
                )


def _marked(function: Function, module: Module) -> Iterator[str]:
    """Names in the ``usefixtures`` marks of a test, its class and its file."""
    marks = [*function.decorators, *module.marks]
    for definition in module.lineage(function.class_name):
        marks += [*definition.decorators, *definition.marks]
    for mark in marks:
        if mark.name == _USED:
            call = _call(mark)
            yield from _constants(call.args if call else [])


def _keywords(mark: Mark) -> dict[str, object]:
    """Keyword arguments of a decorator that are constants."""
    call = _call(mark)
    return {
        keyword.arg: keyword.value.value
        for keyword in (call.keywords if call else [])
        if keyword.arg and isinstance(keyword.value, ast.Constant)
    }


def _constants(arguments: Iterable[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def _call(mark: Mark) -> ast.Call | None:
    """The call that a decorator is; None for a bare name."""
    node = ast.parse(mark.text, mode="eval").body  # it was unparsed from a file that parses
    return node if isinstance(node, ast.Call) else None
