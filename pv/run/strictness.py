"""The pytest options without which a result cannot be believed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from pv.binding.collection import matches

# What the runner sets by -o, and a plain pytest run is warned about.
STRICT_OPTIONS = {"xfail_strict": "true", "empty_parameter_set_mark": "fail_at_collect"}


def collects_falsifiers(python_functions: Iterable[str]) -> bool:
    """True where pytest would take a ``falsify_`` function for a test."""
    return matches("falsify_x", tuple(python_functions))


def missing_options(getini: Callable[[str], Any]) -> tuple[str, ...]:
    """Which strict options a session lacks, as they would be written."""
    missing = []
    if not (getini("xfail_strict") or _optional(getini, "strict")):
        missing.append("xfail_strict = true")
    if getini("empty_parameter_set_mark") != "fail_at_collect":
        missing.append('empty_parameter_set_mark = "fail_at_collect"')
    if not collects_falsifiers(getini("python_functions")):
        missing.append('python_functions = ["test_*", "falsify_*"]')
    return tuple(missing)


def asserts_vanish() -> bool:
    """True where Python drops assert statements: a red helper would turn green."""
    return bool(sys.flags.optimize) or os.environ.get("PYTHONOPTIMIZE", "") not in ("", "0")


def _optional(getini: Callable[[str], Any], name: str) -> Any:
    try:
        return getini(name)
    except ValueError:  # this pytest does not know the option
        return None
