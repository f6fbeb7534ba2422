"""SCHEMA-003: equations-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.upstream import UPSTREAM

_EQUATIONS = """\
equations:
  absval:
    formula: "f(x) = |x|"
"""


class EquationsEmpty(ContractRule):
    """The contract states no equation."""

    code = "SCHEMA-003"
    name = "equations-empty"
    why = "A falsifier refutes an equation; without one there is nothing to refute."
    bad = UPSTREAM.edit(CONTRACT, _EQUATIONS, "equations: {}\n")
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Equations that were refused count as stated."""
        if not contract.equations and loaded.document.is_whole("equations"):
            suggestion = "state at least one, with its formula"
            message = "the contract states no equation"
            yield self.at(loaded, ("equations",), message, key=True, suggestion=suggestion)
