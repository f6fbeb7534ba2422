"""Plain scalars: what unquoted YAML text means, by the core schema of YAML 1.2 and nothing else."""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{f"{sign}.{word}": math.inf for sign in ("", "+") for word in ("inf", "Inf", "INF")},
    **{f"-.{word}": -math.inf for word in ("inf", "Inf", "INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NUMBER_STARTS = frozenset("+-.0123456789")
# Beyond the largest float, and short of the length at which Python refuses to read integers.
_MOST_DIGITS = 308


def resolve(source: str) -> Scalar:
    """Value of an unquoted scalar: `1e-5` is a float; `no`, `1_000`, `1:30`, dates are text."""
    if source in _WORDS:
        return _WORDS[source]
    if source[0] not in _NUMBER_STARTS:
        return source
    if _INTEGER.fullmatch(source):
        return _integer(source)
    return float(source) if _FLOAT.fullmatch(source) else source


def _integer(source: str) -> int | float:
    if len(source) > _MOST_DIGITS:
        return math.inf
    base = {"0o": 8, "0x": 16}.get(source[:2], 10)
    return int(source, base)
