"""SCHEMA-004: formula-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry


class FormulaEmpty(EmptyTextRule):
    """An equation has an empty formula."""

    code = "SCHEMA-004"
    name = "formula-empty"
    why = "An empty formula agrees with every implementation."
    bad = GREEN.edit(CONTRACT, '"f(x) = |x|"', '""')
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each formula."""
        for name, equation in contract.equations.items():
            yield ("equations", name, "formula"), equation.formula
