"""Values that a configuration accepts; a ValueError names the field, its value and the rule."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

GUARD = "FALSIFY-APR-PRETRAIN-ARCH-REFUSALS"


def count(name: str, value: object, least: int = 1) -> int:
    """The value; refuse what is not an integer of at least `least`. A bool is none."""
    if type(value) is not int or value < least:
        refuse(f"{name} = {value!r} is not an integer of at least {least}")
    return value


def flag(name: str, value: object) -> bool:
    """The value; refuse what is neither True nor False."""
    if type(value) is not bool:
        refuse(f"{name} = {value!r} is not True or False")
    return value


def choice(name: str, value: object, choices: Iterable[str]) -> str:
    """The value; refuse what is not one of `choices`."""
    allowed = sorted(choices)
    if not isinstance(value, str) or value not in allowed:
        refuse(f"{name} = {value!r} is not one of {', '.join(allowed)}")
    return value


def positive(name: str, value: object) -> float:
    """The value as a float; refuse what is not a finite number above 0."""
    # Compared with the largest float, for an integer may be too large for any.
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not 0 < value <= sys.float_info.max
    ):
        refuse(f"{name} = {value!r} is not a finite number above 0")
    return float(value)


def refuse(reason: str, guard: str = GUARD) -> NoReturn:
    """Raise with the falsifier that guards the refusal."""
    raise ValueError(f"{reason} ({guard})")
