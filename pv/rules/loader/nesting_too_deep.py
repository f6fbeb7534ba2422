"""PV-YAML-010: nesting-too-deep."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class NestingTooDeep(LoaderRule):
    """The data is nested deeper than any contract needs."""

    code = "PV-YAML-010"
    name = "nesting-too-deep"
    why = "Deep nesting exhausts the stack of tools that recurse; a contract has about six levels."
    bad = GREEN.edit(CONTRACT, "largest: 3", f"largest: {'[' * 70}3{']' * 70}")
    good = GREEN
