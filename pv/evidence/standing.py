"""Where each contract of a project stands: declared, allowed, and shown by records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pv.binding.index import Index
from pv.binding.resolve import Binding
from pv.contract.document import LoadedContract
from pv.evidence.digest import key_of
from pv.evidence.ledger import Evidence, MutantRecord
from pv.evidence.shown import Shown, shown_of
from pv.evidence.status import CLAIMS, Level, Standing, computed_status, static_ceiling


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a standing was counted over."""

    declared: int = 0
    bound: int = 0
    green: int = 0
    proven: int = 0
    mutants: int = 0
    """Declared mutants, each before every falsifier that cites it."""
    killed: int = 0
    """Of those, by fresh records."""

    def __add__(self, other: Counts) -> Counts:
        """Counts of two contracts together."""
        return Counts(
            **{name: getattr(self, name) + getattr(other, name) for name in Counts.__slots__}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractStanding:
    """One contract: the word it declares, what its bindings allow, what records show."""

    name: str
    path: str
    declared: str | None
    ceiling: Standing
    computed: Standing
    counts: Counts
    contradictions: tuple[str, ...] = ()
    """What this machine saw against committed records."""

    @property
    def claim(self) -> Level:
        """Level that the declared word needs; an unknown word claims everything."""
        return Level.PROPOSED if self.declared is None else CLAIMS.get(self.declared, max(Level))


def standing(
    loaded: LoadedContract,
    bindings: Iterable[Binding],
    evidence: Evidence,
    index: Index,
    today: date,
) -> ContractStanding | None:
    """Compute where ``loaded`` stands on ``today``; None for a contract that cannot be read."""
    contract = loaded.contract
    if contract is None:
        return None
    mine = [binding for binding in bindings if binding.loaded is loaded]
    records = evidence.of(loaded.name)
    falsifiers = contract.falsification_tests
    shown: dict[str, Shown] = {}
    killed = 0
    for falsifier in falsifiers:
        functions = [b.function for b in mine if b.falsifier is falsifier and b.function]
        key = key_of(contract, falsifier, functions, index)
        shown[falsifier.id] = shown_of(contract, falsifier, key, records, today)
        killed += len(_killed(m for r in records.records if r.key == key.digest for m in r.mutants))
    dangling = {binding.falsifier.id for binding in mine if binding.function is None}
    bound = [f.id for f in falsifiers if f.citations and f.id not in dangling]
    green = [name for name in bound if not shown[name].why_not_green]
    fresh_live = {f.id for f in falsifiers if f.level == "live" and f.id in green}
    return ContractStanding(
        name=loaded.name,
        path=loaded.path,
        declared=contract.metadata.status,
        ceiling=static_ceiling(contract, mine, fresh_live),
        computed=computed_status(contract, mine, shown),
        counts=Counts(
            declared=len(falsifiers),
            bound=len(bound),
            green=len(green),
            proven=sum(not shown[name].shortfalls for name in bound),
            mutants=sum(len(falsifier.mutants) for falsifier in falsifiers),
            killed=killed,
        ),
        contradictions=tuple(s.contradiction for s in shown.values() if s.contradiction),
    )


def _killed(mutants: Iterable[MutantRecord]) -> set[str]:
    return {m.mutant for m in mutants if m.is_killed and m.implementation is None}
