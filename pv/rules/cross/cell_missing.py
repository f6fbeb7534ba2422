"""PV-IMP-004: cell-missing."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract, Equation
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN

_TWO = GREEN.edit(CONTRACT, "equations:", '  fast: {target: "absval:absval"}\nequations:').edit(
    CONTRACT, "    implementations: [plain]", "    implementations: [plain, fast]"
)
_COVERED = _TWO.edit(CONTRACT, "covers: [absval]", "covers: [absval, even]")
_SECOND = '  even:\n    formula: "f(-x) = f(x)"\n    signature: "(x)"\n    implementations: [{}]\n'


class CellMissing(ContractRule):
    """An implementation is left out of an equation that its companion carries out."""

    code = "PV-IMP-004"
    name = "cell-missing"
    why = (
        "Two implementations that carry out one equation, with one signature, are held to the same "
        "falsifiers. One that is dropped from a list is no longer measured, and nothing turns red. "
        "A cell that cannot run is named in `excused`, with its reason."
    )
    bad = _COVERED.edit(
        CONTRACT, "falsification_tests:", _SECOND.format("plain") + "falsification_tests:"
    )
    good = _COVERED.edit(
        CONTRACT, "falsification_tests:", _SECOND.format("plain, fast") + "falsification_tests:"
    )

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare each equation's list with those of equations of the same signature."""
        if not loaded.is_intact("equations"):
            return
        for name, equation in contract.equations.items():
            for missing, companion in _left_out(equation, contract):
                yield self.at(
                    loaded,
                    ("equations", name, "implementations"),
                    f"{missing!r} carries out equation {companion!r} together with "
                    f"{', '.join(equation.implementations)}, but is left out of {name!r}",
                    suggestion=f"add {missing}, or name it in `excused` of the falsifiers",
                )


def _left_out(equation: Equation, contract: Contract) -> Iterator[tuple[str, str]]:
    """Implementations that share another equation of this signature with one of these."""
    here = set(equation.implementations)
    seen = set(here)
    for name, other in contract.equations.items():
        there = set(other.implementations)
        if equation.signature is not None and other.signature == equation.signature:
            for missing in sorted(there - seen if here & there else ()):
                seen.add(missing)
                yield missing, name
