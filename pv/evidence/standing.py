"""Where each contract of a project stands: declared, allowed, and shown by records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pv.binding.index import Index
from pv.binding.resolve import Binding
from pv.contract.document import LoadedContract
from pv.evidence.digest import key_of
from pv.evidence.ledger import Record
from pv.evidence.status import CLAIMS, Level, Standing, computed_status, static_ceiling


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractStanding:
    """One contract: the word it declares, what its bindings allow, what records show."""

    name: str
    path: str
    declared: str | None
    ceiling: Standing
    computed: Standing
    falsifiers: int
    bound: int

    @property
    def claim(self) -> Level:
        """Level that the declared word needs; an unknown word claims everything."""
        return Level.PROPOSED if self.declared is None else CLAIMS.get(self.declared, max(Level))


def standing(
    loaded: LoadedContract, bindings: Iterable[Binding], records: Iterable[Record], index: Index
) -> ContractStanding | None:
    """Compute where ``loaded`` stands; None for a contract that cannot be read."""
    contract = loaded.contract
    if contract is None:
        return None
    mine = [b for b in bindings if b.loaded is loaded]
    functions = {
        f.id: [b.function for b in mine if b.falsifier.id == f.id and b.function is not None]
        for f in contract.falsification_tests
    }
    keys = {f.id: key_of(contract, f, functions[f.id], index) for f in contract.falsification_tests}
    dangling = {b.falsifier.id for b in mine if b.function is None}
    return ContractStanding(
        name=loaded.name,
        path=loaded.path,
        declared=contract.metadata.status,
        ceiling=static_ceiling(contract, mine),
        computed=computed_status(
            contract, mine, keys, [r for r in records if r.contract == loaded.name]
        ),
        falsifiers=len(functions),
        bound=sum(bool(found) and name not in dangling for name, found in functions.items()),
    )
