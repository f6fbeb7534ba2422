"""What is weaker in one contract of the base: the contract, its equations, its mutants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pv.contract.document import LoadedContract
from pv.contract.model import Equation
from pv.finding import Location
from pv.gate.heirs import Entry, Heirs, contract_of
from pv.gate.loss import Loss
from pv.gate.verdicts import Weaker
from pv.gate.weaker_falsifier import Pair


class Comparison:
    """One contract of the base, and what stands in its place now."""

    def __init__(self, old: LoadedContract, heirs: Heirs, after: Sequence[LoadedContract]) -> None:
        self._old = old
        self._contract = contract_of(old)
        self._tree = heirs
        self._after = tuple(after)
        self._heirs = heirs.of(old)
        self._entries = [Entry(old, where, falsifier) for where, falsifier in old.falsifiers]

    def losses(self) -> Iterator[Loss]:
        """Everything in which the contract is weaker."""
        if not self._heirs:
            yield from self._gone()
            return
        yield from self._equations()
        yield from self._mutants()
        yield from self._falsifiers()

    def _gone(self) -> Iterator[Loss]:
        if any(self._tree.is_refused_entry(entry) for entry in self._entries):
            return
        count = len(self._entries)
        yield Loss(
            kind=Weaker.CONTRACT_GONE,
            message=f"the contract {self._old.name} is gone, and its {count} falsifier(s) with it",
            location=Location(self._old.path),
            subject=self._old.name,
            about=(self._old.name,),
            heirs=self._after,
        )

    def _equations(self) -> Iterator[Loss]:
        if not all(heir.is_intact("equations", "implementations") for heir in self._heirs):
            return
        for name, equation in self._contract.equations.items():
            holders = [heir for heir in self._heirs if name in contract_of(heir).equations]
            if holders:
                yield from self._implementations(name, equation, holders)
            else:
                message = f"the equation {name} is gone"
                yield self._loss(Weaker.EQUATION_GONE, message, name, "equations")

    def _implementations(
        self, equation: str, old: Equation, holders: Iterable[LoadedContract]
    ) -> Iterator[Loss]:
        """Implementations are the same by name, or by target where they were renamed."""
        new = [
            (holder, name, (contract_of(holder).implementations or {}).get(name))
            for holder in holders
            for name in contract_of(holder).equations[equation].implementations
        ]
        for name in old.implementations:
            was = (self._contract.implementations or {}).get(name)
            named = [found for found in new if found[1] == name]
            alike = [found for found in new if was and found[2] and found[2].target == was.target]
            if not named and not alike:
                message = f"{equation} is no longer carried out by {name}"
                path = ("equations", equation, "implementations")
                yield self._loss(Weaker.IMPLEMENTATION_GONE, message, equation, *path, part=name)
                continue
            heir, new_name, now = (named or alike)[0]
            if was and now and now.backend not in (None, was.backend):
                message = f"{new_name} of {equation} is measured only on {now.backend}"
                path = ("implementations", new_name, "backend")
                yield self._loss(
                    Weaker.WORLD_ADDED, message, equation, *path, part=new_name, heir=heir
                )

    def _mutants(self) -> Iterator[Loss]:
        if not all(heir.is_intact("mutants") for heir in self._heirs):
            return
        declared = self._declared_mutants()
        for mutant in self._contract.mutants:
            if mutant.id not in declared and not self._went_with_its_falsifiers(mutant.id):
                message = f"the mutant {mutant.id} is no longer declared"
                yield self._loss(Weaker.MUTANT_GONE, message, mutant.id, "mutants")

    def _went_with_its_falsifiers(self, mutant: str) -> bool:
        citing = [entry for entry in self._entries if mutant in entry.falsifier.mutants]
        return bool(citing) and not any(self._tree.entry(entry) for entry in citing)

    def _falsifiers(self) -> Iterator[Loss]:
        equations = {
            name
            for name in self._contract.equations
            if any(name in contract_of(heir).equations for heir in self._heirs)
        }
        mutants = {mutant.id for mutant in self._contract.mutants} & self._declared_mutants()
        for old in self._entries:
            new = self._tree.entry(old)
            own = old.falsifier.id
            if new is not None:
                pair = Pair(
                    old=old, new=new, heirs=self._heirs, equations=equations, mutants=mutants
                )
                yield from pair.losses()
            elif not self._tree.is_refused_entry(old):
                message = f"{own} is gone"
                yield self._loss(Weaker.FALSIFIER_GONE, message, own, "falsification_tests")

    def _declared_mutants(self) -> set[str]:
        return {mutant.id for heir in self._heirs for mutant in contract_of(heir).mutants}

    def _loss(
        self,
        kind: Weaker,
        message: str,
        about: str,
        *path: str | int,
        part: str = "",
        heir: LoadedContract | None = None,
    ) -> Loss:
        """A loss at ``path`` in the first heir; ``about`` names it, and ``part`` what of it."""
        return Loss(
            kind=kind,
            message=message,
            location=(heir or self._heirs[0]).document.location(path, key=True),
            subject=".".join(filter(None, (about, part))),
            about=(about,),
            heirs=self._heirs,
        )
