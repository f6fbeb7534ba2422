"""PV-COV-002: equation-uncovered."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class EquationUncovered(ContractRule):
    """An equation with implementations that no falsifier covers."""

    code = "PV-COV-002"
    name = "equation-uncovered"
    severity = Severity.WARNING
    why = "An implementation whose equation nothing tries to refute is a claim without a test."
    bad = GREEN.edit(
        CONTRACT,
        "falsification_tests:",
        '  negation:\n    formula: "f(x) = -x"\n    implementations: [plain]\nfalsification_tests:',
    )
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare the equations that have implementations with those that are covered."""
        if not loaded.is_intact("falsification_tests"):
            return
        covered = {name for f in contract.falsification_tests for name in f.covers}
        for name, equation in contract.equations.items():
            if equation.implementations and name not in covered:
                yield self.at(
                    loaded,
                    ("equations", name),
                    f"no falsifier covers equation {name!r}",
                    key=True,
                    suggestion=f"add `covers: [{name}]` to the falsifier that tests it",
                )
