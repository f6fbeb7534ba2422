"""Experiment: one fault, where it goes, and the falsifiers that must notice it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from pv.binding.index import Index
from pv.contract.model import Contract, Mutant
from pv.proof.edit import Edit, NoEdit, Source
from pv.proof.extreme import KINDS
from pv.proof.verdicts import VoidReason
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.reach import place_of

_TOOL = "pv"


class Place(Enum):
    """How a fault is put in place."""

    CODE = "code"
    """The code objects of live functions are swapped."""
    IMPORT = "import"
    """A fresh process imports patched code."""
    COMMAND = "command"
    """Only the commands that the test starts import patched code."""
    RESULT = "result"
    """What the implementation returns to the test is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One fault. ``falsifiers`` are keys of the plan; each of them is judged by itself."""

    mutant: str
    contract: str
    target: str
    place: Place
    falsifiers: tuple[str, ...]
    file: str = ""
    name: str = ""
    """Qualified name of the function that is changed."""
    edit: Edit | None = None
    raises: str = ""
    implementation: str = ""
    """For Place.RESULT: whose result is changed, as `contract/name`."""

    @property
    def is_extreme(self) -> bool:
        """True for a fault that nobody declared."""
        return self.place is Place.RESULT


@dataclass(frozen=True, slots=True)
class VoidMutant:
    """A declared fault that cannot be put in place; known without running anything."""

    mutant: str
    contract: str
    target: str
    falsifiers: tuple[str, ...]
    reason: VoidReason
    detail: str


def experiments(plan: Plan, index: Index) -> Iterator[Experiment | VoidMutant]:
    """Every experiment that ``plan`` declares or implies, in the order of its contracts."""
    sources = _Sources(index)
    for loaded in plan.contracts:
        if loaded.contract is None:
            continue
        bound = [f for f in plan.falsifiers if f.loaded is loaded and f.is_bound]
        for mutant in loaded.contract.mutants:
            citing = [f for f in bound if mutant.id in f.falsifier.mutants]
            if citing:
                yield _declared(loaded.name, mutant, citing, sources)
        yield from _extremes(loaded.name, loaded.contract, bound, index)


class _Sources:
    """Parsed source files by module name."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[str, Source] = {}

    def file_of(self, module: str) -> str:
        """Path of the module's file in the project; empty where it has none that parses."""
        found = self._index.imported(module)
        if found is None or found.error is not None:
            return ""
        return str(self._index.workspace.root / found.path)

    def source(self, file: str) -> Source:
        """The parsed file."""
        if file not in self._known:
            self._known[file] = read_source(file)
        return self._known[file]


def read_source(file: str) -> Source:
    """Read and parse a source file as Python would."""
    with open(file, "rb") as stream:
        return Source(stream.read().decode(), file)


def _declared(
    contract: str, mutant: Mutant, citing: list[PlannedFalsifier], sources: _Sources
) -> Experiment | VoidMutant:
    module, _, attribute = mutant.target.partition(":")
    keys = tuple(planned.key for planned in citing)
    edit = Edit(attribute, mutant.replace, mutant.with_)
    file = sources.file_of(module)
    try:
        if not file:
            raise NoEdit(VoidReason.MISSING, f"there is no module {module} in this project")
        is_in_function = sources.source(file).is_in_function(edit)
    except NoEdit as error:
        return VoidMutant(mutant.id, contract, mutant.target, keys, error.reason, error.detail)
    return Experiment(
        mutant=mutant.id,
        contract=contract,
        target=mutant.target,
        place=_place(module, citing, is_in_function=is_in_function),
        falsifiers=keys,
        file=file,
        name=attribute,
        edit=edit,
        raises=mutant.raises or "",
    )


def _place(module: str, citing: list[PlannedFalsifier], *, is_in_function: bool) -> Place:
    if module.split(".")[0] == _TOOL:
        # The session that judges must not run the faulty tool, where that can be had.
        starts_commands = all(
            any("cli" in function.parameters for function in planned.functions)
            for planned in citing
        )
        return Place.COMMAND if starts_commands else Place.IMPORT
    return Place.CODE if is_in_function else Place.IMPORT


def _extremes(
    contract: str, entry: Contract, bound: list[PlannedFalsifier], index: Index
) -> Iterator[Experiment]:
    for name, implementation in (entry.implementations or {}).items():
        covering = tuple(
            planned.key
            for planned in bound
            if any(cell.implementation == name for cell in planned.cells)
        )
        file, function = place_of(implementation.target, index) or ("", "")
        for key in covering:
            for kind in KINDS:
                yield Experiment(
                    mutant=kind,
                    contract=contract,
                    target=implementation.target,
                    place=Place.RESULT,
                    falsifiers=(key,),
                    file=file,
                    name=function,
                    implementation=f"{contract}/{name}",
                )
