"""Direction: which change of a parameter makes its falsifier weaker, by the parameter's name."""

from __future__ import annotations

import re
from typing import Any

from pv.gate.verdicts import Weaker
from pv.rules.params import numbers_in

# Words of a name, `rel_tol_f64`: a larger number lets more pass. The table is closed: a word that
# is not in it says nothing about the direction.
_TOLERANCES = frozenset(
    "tol tols tolerance tolerances atol rtol bound bounds factor factors eps epsilon ulp ulps "
    "err errs error errors slack".split()
)
# Beside one of those words: the number is a floor, and a larger one is stricter, or neither.
_FLOORS = frozenset("lower min least".split())
# A smaller number tries less.
_AMOUNTS = frozenset(
    "cases count counts draws examples repeats rounds rows runs samples seeds sizes trials".split()
)
_WORD = re.compile("[a-z]+")


def weaker(name: str, old: Any, new: Any) -> Weaker | None:
    """In which way the parameter ``name`` is weaker as ``new`` than it was as ``old``, if it is.

    A list of inputs is weaker where it lacks a value that it had. A list of tolerances is compared
    number by number. Any other change (another seed, another text) is neither weaker nor stronger.
    """
    words = set(_WORD.findall(name.lower()))
    is_tolerance = bool(words & _TOLERANCES) and not words & _FLOORS
    if is_tolerance:
        return _tolerance(list(numbers_in(old)), list(numbers_in(new)))
    if isinstance(old, list) or isinstance(new, list):
        return Weaker.CASES_FEWER if lacking(old, new) else None
    is_fewer = words & _AMOUNTS and _is_less(new, old)
    return Weaker.CASES_FEWER if is_fewer else None


def lacking(old: Any, new: Any) -> list[Any]:
    """Values of the list ``old`` that ``new`` does not have, as often as it lacks them."""
    left = list(new) if isinstance(new, list) else [new]
    gone = []
    for value in old if isinstance(old, list) else [old]:
        if value in left:
            left.remove(value)
        else:
            gone.append(value)
    return gone


def _tolerance(old: list[float], new: list[float]) -> Weaker | None:
    if len(old) == len(new):
        is_raised = any(b > a for a, b in zip(old, new, strict=True))
        return Weaker.TOLERANCE_RAISED if is_raised else None
    if new and old and max(new) > max(old):
        return Weaker.TOLERANCE_RAISED
    return Weaker.CASES_FEWER if len(new) < len(old) else None


def _is_less(new: Any, old: Any) -> bool:
    return any(a < b for a, b in zip(numbers_in(new), numbers_in(old), strict=False))
