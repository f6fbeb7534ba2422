"""Plan: which function runs for which falsifier on which implementation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pv.binding.module import Function
from pv.binding.resolve import Binding
from pv.contract.document import DataPath, LoadedContract
from pv.contract.model import Contract, Equation, Falsifier
from pv.finding import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCell:
    """One falsifier on one implementation (None where it covers none)."""

    falsifier: str
    contract: str
    implementation: str | None = None
    target: str = ""
    dtype: str | None = None
    world: str | None = None
    """Backend that must be there."""
    signatures: tuple[frozenset[str], ...] = ()
    """Keyword arguments that the covered equations give the implementation."""

    @property
    def key(self) -> str:
        """Identity of the implementation, in the tree."""
        return f"{self.contract}/{self.implementation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFalsifier:
    """A falsifier, the functions that its citations resolve to, and its cells."""

    loaded: LoadedContract
    where: DataPath
    falsifier: Falsifier
    bindings: tuple[Binding, ...]
    cells: tuple[PlannedCell, ...]

    @property
    def key(self) -> str:
        """Identity in the tree, even where two contracts use one id."""
        return f"{self.loaded.name}/{self.falsifier.id}"

    @property
    def contract(self) -> Contract:
        """The contract that it stands in; one that was refused plans nothing."""
        assert self.loaded.contract is not None
        return self.loaded.contract

    @property
    def functions(self) -> tuple[Function, ...]:
        """The functions that the citations resolve to."""
        return tuple(b.function for b in self.bindings if b.function is not None)

    @property
    def is_bound(self) -> bool:
        """True where it cites tests, and every citation resolves."""
        return bool(self.bindings) and len(self.functions) == len(self.bindings)

    @property
    def location(self) -> Location:
        """Place of the falsifier in its contract."""
        return self.loaded.document.location(self.where)


@dataclass(frozen=True, slots=True)
class Plan:
    """The falsifiers of some contracts, and what runs for them."""

    contracts: tuple[LoadedContract, ...]
    falsifiers: tuple[PlannedFalsifier, ...]

    def cited_by(self, function: str) -> tuple[PlannedFalsifier, ...]:
        """The falsifiers that cite the function with this node id."""
        return tuple(
            f for f in self.falsifiers if any(found.node_id == function for found in f.functions)
        )

    def functions(self) -> dict[str, Function]:
        """Every cited function by node id."""
        return {f.node_id: f for planned in self.falsifiers for f in planned.functions}

    def only(self, contracts: frozenset[str]) -> Plan:
        """The part of the plan that belongs to the contracts with these paths."""
        return Plan(
            tuple(loaded for loaded in self.contracts if loaded.path in contracts),
            tuple(f for f in self.falsifiers if f.loaded.path in contracts),
        )


def plan(contracts: tuple[LoadedContract, ...], bindings: tuple[Binding, ...]) -> Plan:
    """Lay out the cells of every falsifier of every contract that loaded."""
    planned = []
    for loaded in contracts:
        if loaded.contract is None:
            continue
        for where, falsifier in loaded.falsifiers:
            planned.append(
                PlannedFalsifier(
                    loaded=loaded,
                    where=where,
                    falsifier=falsifier,
                    bindings=tuple(b for b in bindings if b.falsifier is falsifier),
                    cells=tuple(_cells(loaded.name, loaded.contract, falsifier)),
                )
            )
    return Plan(contracts, tuple(planned))


def _cells(name: str, contract: Contract, falsifier: Falsifier) -> Iterator[PlannedCell]:
    world = falsifier.world.backend if falsifier.world else None
    equations = [contract.equations[e] for e in falsifier.covers if e in contract.equations]
    for implementation, entry in contract.implementations_of(falsifier).items():
        yield PlannedCell(
            falsifier=falsifier.id,
            contract=name,
            implementation=implementation,
            target=entry.target,
            dtype=entry.dtype,
            world=world or entry.backend,
            signatures=_signatures(equations, implementation),
        )
    declared = contract.implementations or {}
    if not any(name in declared for name in contract.covered_by(falsifier)):
        yield PlannedCell(falsifier=falsifier.id, contract=name, world=world)


def _signatures(equations: list[Equation], implementation: str) -> tuple[frozenset[str], ...]:
    mine = [e.signature for e in equations if implementation in e.implementations and e.signature]
    return tuple(frozenset(_argument_names(signature)) for signature in mine)


def _argument_names(signature: str) -> list[str]:
    """Names in ``(x, temperature)``; the schema's own rule judges the form."""
    try:
        tree = ast.parse(f"def f{signature.strip()}: pass")
    except SyntaxError:
        return []
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    arguments = definition.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
