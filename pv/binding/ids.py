"""The tie from a test back to its falsifier: the id in its name, or a ``falsifies`` marker."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pv.binding.module import Function, Mark

PREFIX = "falsify_"
MARKER = "pytest.mark.falsifies"


def name_prefix(falsifier_id: str) -> str:
    """How a name that carries the id starts: FALSIFY-ABS-001 is ``falsify_abs_001_``."""
    snake = falsifier_id.lower().replace("-", "_")
    return f"{PREFIX}{snake.removeprefix(PREFIX)}_"


def carried_id(function: Function, ids: Iterable[str]) -> str | None:
    """The one of ``ids`` that the function's marker or name carries; the longest name wins."""
    if marker := marker_of(function):
        return marked_id(marker)
    fitting = [i for i in ids if function.name.startswith(name_prefix(i))]
    return max(fitting, key=len, default=None)


def marker_of(function: Function) -> Mark | None:
    """The ``falsifies`` marker of a function."""
    return next((d for d in function.decorators if d.name == MARKER), None)


def marked_id(marker: Mark) -> str:
    """The id that a ``falsifies`` marker names; empty where it is no literal."""
    call = ast.parse(marker.text, mode="eval").body
    arguments = call.args if isinstance(call, ast.Call) else []
    if arguments and isinstance(arguments[0], ast.Constant):
        return str(arguments[0].value)
    return ""
