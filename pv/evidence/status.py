"""Status: what can be claimed for a contract, from its bindings and records alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from pv.binding.resolve import Binding
from pv.contract.model import Contract
from pv.evidence.shown import Shown


class Level(IntEnum):
    """The status words in their order."""

    PROPOSED = 0
    PARTIAL_ALGORITHM_LEVEL = 1
    FUNCTIONAL = 2
    DISCHARGED = 3


_WORDS = {
    Level.PROPOSED: (
        "BLOCKER_FIXTURE_ABSENT DRAFT LIVE-PENDING PLANNED PROPOSED UNBOUND not_implemented "
        "pending sorry stub wip"
    ),
    Level.PARTIAL_ALGORITHM_LEVEL: (
        "ACTIVE ACTIVE_ALGORITHM_LEVEL AUTHORED PARTIAL_ALGORITHM_LEVEL READ-COMPILE-BIND SHIPPED "
        "partial"
    ),
    Level.FUNCTIONAL: "ACTIVE_FUNCTIONAL ENFORCED FUNCTIONAL INTEGRATION MERGED implemented proved",
    Level.DISCHARGED: "ACTIVE_RUNTIME DISCHARGED FULL_DISCHARGED LIVE MEASURED",
}

# Least level that justifies a declared word; a word that is not here is an error.
CLAIMS: Mapping[str, Level] = {
    word: level for level, words in _WORDS.items() for word in words.split()
}

# A package of this name holds a command line; a fixture of this name starts one.
_COMMAND_LINE = "cli"


@dataclass(frozen=True, slots=True)
class Standing:
    """A level, and why it is no higher."""

    level: Level
    reasons: tuple[str, ...] = ()
    is_refuted: bool = False
    """Records under the current key say so; otherwise evidence is missing or stale."""


def static_ceiling(
    contract: Contract, bindings: Iterable[Binding], fresh_live: Collection[str] = frozenset()
) -> Standing:
    """The highest level that the contract and its bindings allow, whatever ran.

    ``fresh_live`` holds the ids of live falsifiers with a fresh committed record.
    """
    bindings = tuple(bindings)
    falsifiers = contract.falsification_tests
    live = [
        f"{f.id} has no fresh committed record"
        for f in falsifiers
        if f.level == "live" and f.id not in fresh_live
    ]
    return _lowest(
        (Level.PROPOSED, _unbound(contract, bindings)),
        (Level.PARTIAL_ALGORITHM_LEVEL, _weak(contract, bindings)),
        (Level.FUNCTIONAL, live or _not_live(contract)),
    )


def computed_status(
    contract: Contract, bindings: Iterable[Binding], shown: Mapping[str, Shown]
) -> Standing:
    """The level that ``shown`` (by falsifier id) justifies. A record can only raise it."""
    bindings = tuple(bindings)
    if unbound := _unbound(contract, bindings):
        return Standing(Level.PROPOSED, tuple(unbound))
    judged = {f.id: shown[f.id] for f in contract.falsification_tests if f.level != "live"}
    live = {f.id: shown[f.id] for f in contract.falsification_tests if f.level == "live"}
    weak = _weak(contract, bindings)
    standing = _lowest(
        (
            Level.PROPOSED,
            [f"{name}: {why}" for name, s in judged.items() for why in s.why_not_green],
        ),
        (
            Level.PARTIAL_ALGORITHM_LEVEL,
            [*weak, *(f"{name}: {why}" for name, s in judged.items() for why in s.why_not_proven)],
        ),
        (
            Level.FUNCTIONAL,
            [f"{name}: {why}" for name, s in live.items() for why in s.shortfalls]
            or _not_live(contract),
        ),
    )
    among = live if standing.level is Level.FUNCTIONAL else judged
    is_refuted = any(s.is_refuted and s.shortfalls for s in among.values())
    return replace(standing, is_refuted=is_refuted and standing.level is not max(Level))


def _lowest(*steps: tuple[Level, list[str]]) -> Standing:
    """The first level that something holds back."""
    for level, reasons in steps:
        if reasons:
            return Standing(level, tuple(reasons))
    return Standing(Level.DISCHARGED)


def _unbound(contract: Contract, bindings: Iterable[Binding]) -> list[str]:
    dangling = {b.falsifier.id for b in bindings if b.function is None}
    if not contract.falsification_tests:
        return ["there is no falsifier"]
    return [
        f"{f.id} is not bound"
        for f in contract.falsification_tests
        if not f.citations or f.id in dangling
    ]


def _not_live(contract: Contract) -> list[str]:
    is_live = any(f.level == "live" for f in contract.falsification_tests)
    return [] if is_live else ["no falsifier is live, so nothing shows it in the real world"]


def _weak(contract: Contract, bindings: Iterable[Binding]) -> list[str]:
    """What keeps a contract from being FUNCTIONAL before anything has run."""
    falsifiers = contract.falsification_tests
    weak = [f"{f.id} declares no mutant" for f in falsifiers if not f.mutants]
    weak += [
        f"{f.id} leaves out {excuse.implementation}" for f in falsifiers for excuse in f.excused
    ]
    weak += _uncovered(contract)
    if _is_about_a_command(contract) and not any(_starts_a_command(b) for b in bindings):
        weak.append("it is about a command, and no integration falsifier starts one")
    return weak


def _uncovered(contract: Contract) -> list[str]:
    """Implementations of an equation that no falsifier covers."""
    covered = {name for f in contract.falsification_tests for name in f.covers}
    return [
        f"no falsifier covers {name}, so {', '.join(equation.implementations)} go unmeasured"
        for name, equation in contract.equations.items()
        if equation.implementations and name not in covered
    ]


def _is_about_a_command(contract: Contract) -> bool:
    """True where a part of the contract is code of a command line: a package named ``cli``."""
    targets = [i.target for i in (contract.implementations or {}).values()]
    targets += [mutant.target for mutant in contract.mutants]
    return any(_COMMAND_LINE in target.partition(":")[0].split(".") for target in targets)


def _starts_a_command(binding: Binding) -> bool:
    """True for a test of an integration falsifier that goes through the ``cli`` fixture."""
    function = binding.function
    is_integration = binding.falsifier.level == "integration"
    return is_integration and function is not None and _COMMAND_LINE in function.parameters
