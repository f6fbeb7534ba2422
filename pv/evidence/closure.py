"""Closure: the files of the project that a file reaches through its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from pv.binding.index import Index
from pv.binding.module import Function


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


def command_files(functions: Iterable[Function], index: Index) -> Iterator[str]:
    """Files of the packages that ``functions`` start through the ``cli`` fixture.

    A command loads its parts when it needs them, so the whole package counts.
    """
    for function in functions:
        for call in function.calls:
            if call.name == "cli" and (name := _first_argument(call.text)):
                file = index.workspace.module_file(name)
                if file is not None and file.name == "__init__.py":
                    for part in sorted(file.parent.rglob("*.py")):
                        yield index.workspace.relative(part)
                elif file is not None:
                    yield index.workspace.relative(file)


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
