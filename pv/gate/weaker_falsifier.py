"""What is weaker in a falsifier that stands before and after a change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pv.contract.document import LoadedContract
from pv.gate.direction import lacking, weaker
from pv.gate.heirs import Entry, contract_of
from pv.gate.loss import Loss
from pv.gate.verdicts import Weaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One falsifier before and after, and what became of the things that it names."""

    old: Entry
    new: Entry
    heirs: tuple[LoadedContract, ...]
    equations: Collection[str]
    """Equations that are still there; one that is gone is a loss of its own."""
    mutants: Collection[str]
    """Mutants that are still declared; likewise."""

    def losses(self) -> Iterator[Loss]:
        """Everything in which the falsifier is weaker."""
        if self.new.is_whole:
            yield from self._tests()
            yield from self._covers()
            yield from self._level()
            yield from self._world()
            yield from self._excused()
            yield from self._mutants()
            yield from self._params()

    def _tests(self) -> Iterator[Loss]:
        old, new = set(self.old.falsifier.citations), set(self.new.falsifier.citations)
        if old and not new:
            yield self._loss(Weaker.TESTS_GONE, "cited a test, and cites none", "test")
        elif len(new) < len(old):
            gone = ", ".join(sorted(old - new))
            yield self._loss(Weaker.CITATION_GONE, f"no longer cites {gone}", "test")

    def _covers(self) -> Iterator[Loss]:
        for name in self.old.falsifier.covers:
            if name in self.equations and name not in self.new.falsifier.covers:
                message = f"no longer covers {name}"
                yield self._loss(Weaker.COVER_GONE, message, "covers", name=name, about=name)

    def _level(self) -> Iterator[Loss]:
        old, new = self.old.falsifier.level, self.new.falsifier.level
        if new == "algorithm" and old != new:
            message = f"was of level {old}, and is of level {new}"
            yield self._loss(Weaker.LEVEL_LOWERED, message, "level")

    def _world(self) -> Iterator[Loss]:
        old, new = (_backend(entry) for entry in (self.old, self.new))
        if new and new != old:
            there = f"on {old}" if old else "everywhere"
            message = f"was measured {there}, and is measured only on {new}"
            yield self._loss(Weaker.WORLD_ADDED, message, "world")

    def _excused(self) -> Iterator[Loss]:
        excused = {excuse.implementation for excuse in self.old.falsifier.excused}
        ran = {name: target for name, target in _cells(self.old).items() if name not in excused}
        cells = _cells(self.new)
        renamed = {target for name, target in ran.items() if name not in cells}
        for i, excuse in enumerate(self.new.falsifier.excused):
            name = excuse.implementation
            if name in ran or cells.get(name) in renamed:
                message = f"ran on {name}, and is excused from it"
                yield self._loss(Weaker.CELL_EXCUSED, message, "excused", i, name=name)

    def _mutants(self) -> Iterator[Loss]:
        for name in self.old.falsifier.mutants:
            if name in self.mutants and name not in self.new.falsifier.mutants:
                message = f"no longer has to catch the mutant {name}"
                yield self._loss(Weaker.MUTANT_DROPPED, message, "mutants", name=name, about=name)

    def _params(self) -> Iterator[Loss]:
        new = self.new.falsifier.params or {}
        for name, value in (self.old.falsifier.params or {}).items():
            if name not in new:
                message = f"no longer has the parameter {name}"
                yield self._loss(Weaker.PARAM_GONE, message, "params", name=name)
            elif kind := weaker(name, value, new[name]):
                gone = f", without {lacking(value, new[name])}" if isinstance(value, list) else ""
                message = f"had {name}: {value}, and has {new[name]}{gone}"
                yield self._loss(kind, message, "params", name, name=name)

    def _loss(
        self, kind: Weaker, message: str, *path: str | int, name: str = "", about: str = ""
    ) -> Loss:
        """A loss at ``path`` in the falsifier: of the thing ``name``, where it has several."""
        own = self.new.falsifier.id
        return Loss(
            kind=kind,
            message=f"{own} {message}",
            location=self.new.loaded.document.location((*self.new.where, *path)),
            subject=".".join(filter(None, (own, name))),
            about=tuple(filter(None, (own, about))),
            heirs=self.heirs,
        )


def _backend(entry: Entry) -> str | None:
    world = entry.falsifier.world
    return world.backend if world else None


def _cells(entry: Entry) -> dict[str, str]:
    """Target of each implementation that the falsifier covers, excused or not."""
    contract = contract_of(entry.loaded)
    declared = contract.implementations or {}
    names = contract.covered_by(entry.falsifier)
    return {name: declared[name].target for name in names if name in declared}
