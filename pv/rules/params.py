"""What tests read of their falsifier's parameters."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Falsifier
from pv.rules.project import Project


def keys_read(project: Project, falsifier: Falsifier) -> set[str] | None:
    """Literal keys of ``params`` read by the bound tests and their helpers; None if unbound."""
    functions = [
        b.function for b in project.bindings if b.falsifier is falsifier and b.function is not None
    ]
    if not functions:
        return None
    return {
        key
        for function in functions
        for code in project.index.reached(function)
        for base, key in code.keys
        if base.split(".")[-1] == "params"
    }


def numbers_in(value: object) -> Iterator[float]:
    """Every number in a parameter's value, through nested lists."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value
