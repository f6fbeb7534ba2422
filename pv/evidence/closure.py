"""Closure: the files of the project that a file reaches through its imports."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath

from pv.binding.index import Index
from pv.binding.module import Function
from pv.contract.model import Contract, Falsifier


def closure(paths: Iterable[str], index: Index) -> frozenset[str]:
    """``paths`` and every file of the project that is imported from them, however deep.

    Imports inside functions count; modules that are loaded by a computed name cannot be seen.
    """
    seen: set[str] = set()
    todo = set(paths)
    while todo:
        seen |= todo
        todo = {found for path in todo for found in index.imports(path)} - seen
    return frozenset(seen)


def files_reached(
    contract: Contract, falsifier: Falsifier, functions: Collection[Function], index: Index
) -> frozenset[str]:
    """Every file that ``falsifier``, whose citations resolve to ``functions``, may run.

    Its tests with their conftests, its implementations, the commands that it starts, and all that
    they import. What only a mutant names is not among them.
    """
    targets = [entry.target for entry in contract.implementations_of(falsifier).values()]
    called = {f.node_id: f for function in functions for f in index.reached(function)}
    roots = {function.path for function in functions}
    roots |= {path for function in functions for path in conftests(function.path, index)}
    roots |= {path for target in targets for path in index.files_of(target.partition(":")[0])}
    roots |= set(command_files(called.values(), index))
    return closure(roots, index)


def command_files(functions: Iterable[Function], index: Index) -> Iterator[str]:
    """Files of the packages that ``functions`` start through the ``cli`` fixture."""
    for function in functions:
        for call in function.calls:
            if call.name == "cli" and (name := _first_argument(call.text)):
                yield from index.command(name)


def conftests(path: str, index: Index) -> Iterator[str]:
    """Every conftest.py that pytest loads for the test file at ``path``."""
    for parent in PurePosixPath(path).parents:
        name = (parent / "conftest.py").as_posix()
        if index.module(name) is not None:
            yield name


def _first_argument(call: str) -> str:
    tree = ast.parse(call, mode="eval").body
    first = tree.args[0] if isinstance(tree, ast.Call) and tree.args else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if is_text else ""  # type: ignore[union-attr]
