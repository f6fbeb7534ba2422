"""PV-TYPE-004: not-finite."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class NotFinite(LoaderRule):
    """A number field holds infinity or not-a-number."""

    code = "PV-TYPE-004"
    name = "not-finite"
    why = "An infinite tolerance accepts everything, and a comparison with NaN is always false."
    bad = GREEN.edit(CONTRACT, "    domain: ", "    float_tolerance: 1e400\n    domain: ")
    good = GREEN
