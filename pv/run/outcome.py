"""Outcome: what a run found out about each cell, each falsifier, and all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pv.contract.document import LoadedContract
from pv.exit_code import ExitCode
from pv.finding import Finding, Severity
from pv.run.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is measured: falsifier x implementation x backend x dtype."""

    falsifier: str
    contract: str
    implementation: str | None
    backend: str
    dtype: str | None

    def __str__(self) -> str:
        return self.falsifier + (f" [{self.implementation}]" if self.implementation else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """What became of one cell, over all cases of all its functions."""

    cell: Cell
    verdict: Verdict
    reason: str = ""
    cases: int = 0
    executed: int = 0
    asserted: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FalsifierResult:
    """What became of one falsifier: the worst of its cells."""

    id: str
    contract: str
    loaded: LoadedContract
    verdict: Verdict
    reason: str = ""
    cells: tuple[CellResult, ...] = ()

    @property
    def is_executed(self) -> bool:
        """True where at least one case ran to an outcome."""
        return any(cell.executed for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominators:
    """What the verdict was counted over. Contradicting counts cannot be constructed."""

    contracts: int = 0
    judged: int = 0
    declared: int = 0
    unbound: int = 0
    bound: int = 0
    executed: int = 0
    passed: int = 0
    failed: int = 0
    error: int = 0
    xfail: int = 0
    xpass: int = 0
    not_run: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    """Number by reason."""
    not_measured: dict[str, int] = field(default_factory=dict)
    """Number by the world that is absent."""
    proven: int = 0
    cells: int = 0
    cells_passed: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that do not add up: a verdict over them would be a lie."""
        outcomes = self.passed + self.failed + self.error + self.xfail + self.xpass
        left_out = sum(self.skipped.values()) + sum(self.not_measured.values()) + self.not_run
        if not (
            self.declared == self.bound + self.unbound
            and self.bound == self.executed + left_out
            and self.executed == outcomes
            and self.proven <= self.passed
            and self.judged <= self.contracts
            and self.cells_passed <= self.cells
        ):
            raise RuntimeError(f"counts that contradict each other: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything a run found out; the exit code follows from it."""

    falsifiers: tuple[FalsifierResult, ...]
    findings: tuple[Finding, ...]
    denominators: Denominators
    backend: str
    environment: Mapping[str, str] = field(default_factory=dict)
    is_partial: bool = False
    declined: tuple[str, ...] = ()
    """What was required and could not be measured, one sentence each."""
    failures: tuple[tuple[str, str], ...] = ()
    """Title and pytest's own text of each failing case."""

    @property
    def exit_code(self) -> ExitCode:
        """1 with an error among the findings, 3 where nothing or too little was judged, else 0."""
        if any(finding.severity is Severity.ERROR for finding in self.findings):
            return ExitCode.FINDINGS
        if self.declined or not any(f.is_executed for f in self.falsifiers):
            return ExitCode.NOTHING_JUDGED
        return ExitCode.CLEAN


_COUNTED_AS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.SWALLOWED: "failed",
    Verdict.VACUOUS: "failed",
    Verdict.IMPL_UNREACHED: "failed",
    Verdict.ERROR: "error",
    Verdict.XFAILED: "xfail",
    Verdict.XPASSED: "xpass",
    Verdict.NOT_RUN: "not_run",
    Verdict.NOT_COLLECTED: "not_run",
    Verdict.UNBOUND: "unbound",
    Verdict.UNRESOLVED: "unbound",
}


def count(contracts: Sequence[LoadedContract], results: Iterable[FalsifierResult]) -> Denominators:
    """Count ``results`` over ``contracts``; each falsifier is counted once."""
    results = tuple(results)
    by_word = Counter(_COUNTED_AS[r.verdict] for r in results if r.verdict in _COUNTED_AS)
    skipped = Counter(r.reason for r in results if r.verdict is Verdict.SKIPPED)
    absent = Counter(r.reason for r in results if r.verdict is Verdict.WORLD_ABSENT)
    cells = [cell for result in results for cell in result.cells]
    return Denominators(
        contracts=len(contracts),
        judged=sum(loaded.contract is not None for loaded in contracts),
        declared=len(results),
        bound=len(results) - by_word["unbound"],
        executed=sum(by_word[w] for w in ("passed", "failed", "error", "xfail", "xpass")),
        skipped=dict(skipped),
        not_measured=dict(absent),
        cells=len(cells),
        cells_passed=sum(cell.verdict is Verdict.PASSED for cell in cells),
        **by_word,
    )
