"""PV-TYPE-003: out-of-range."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class OutOfRange(LoaderRule):
    """A number is outside its range."""

    code = "PV-TYPE-003"
    name = "out-of-range"
    why = "A negative tolerance or count means nothing, so whatever uses it is wrong in silence."
    bad = GREEN.edit(CONTRACT, "    domain: ", "    float_tolerance: -1.0e-6\n    domain: ")
    good = GREEN
