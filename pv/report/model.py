"""Report: the findings of one command, what they were counted over, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pv.binding.resolve import Binding
from pv.contract.document import LoadedContract
from pv.exit_code import ExitCode
from pv.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominators:
    """How many things there were, and how many of them were judged."""

    contracts: int = 0
    judged: int = 0
    declared: int = 0
    bound: int | None = None
    """None where the command looks at no binding."""

    @property
    def unbound(self) -> int | None:
        """Falsifiers of which some citation names no test, or that cite none."""
        return None if self.bound is None else self.declared - self.bound

    def __post_init__(self) -> None:
        """Refuse counts that cannot be: a verdict over them would be a lie."""
        if not 0 <= self.judged <= self.contracts or not 0 <= (self.bound or 0) <= self.declared:
            raise RuntimeError(f"counts that contradict each other: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a command found. The exit code follows from it, whatever the format."""

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    denominators: Denominators = field(default_factory=Denominators)
    scope: str = ""
    """What was looked at, for the sentence that says that it holds no contract."""

    @property
    def exit_code(self) -> ExitCode:
        """1 with an error among the findings, 3 when nothing was judged, else 0."""
        if self.count(Severity.ERROR):
            return ExitCode.FINDINGS
        return ExitCode.CLEAN if self.denominators.judged else ExitCode.NOTHING_JUDGED

    @property
    def declined(self) -> str:
        """Why nothing was judged; empty where something was."""
        if self.denominators.judged:
            return ""
        if self.denominators.contracts:
            return "nothing judged: every contract was refused"
        return f"nothing judged: no contracts in {self.scope}"

    def count(self, severity: Severity) -> int:
        """Number of findings that weigh ``severity``."""
        return sum(finding.severity is severity for finding in self.findings)


def count(
    contracts: Sequence[LoadedContract], bindings: Sequence[Binding] | None = None
) -> Denominators:
    """Count contracts and falsifiers; a falsifier is bound when all its citations resolve."""
    falsifiers = [
        (loaded.path, falsifier)
        for loaded in contracts
        if loaded.contract is not None
        for falsifier in loaded.contract.falsification_tests
    ]
    bound = None
    if bindings is not None:
        dangling = {(b.loaded.path, b.falsifier.id) for b in bindings if b.function is None}
        bound = sum(bool(f.citations) and (path, f.id) not in dangling for path, f in falsifiers)
    return Denominators(
        contracts=len(contracts),
        judged=sum(loaded.contract is not None for loaded in contracts),
        declared=len(falsifiers),
        bound=bound,
    )
