"""Outcome: the judgements of a proof, what follows for each falsifier, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pv.exit_code import ExitCode
from pv.finding import Finding
from pv.proof.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of one fault before one falsifier."""

    contract: str
    falsifier: str
    mutant: str
    target: str
    is_extreme: bool
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    red: tuple[str, ...] = ()
    """Every case that the fault turned red, siblings included."""
    seconds: float = 0.0

    @property
    def word(self) -> str:
        """The verdict with its reason."""
        return f"{self.verdict.value}({self.reason})" if self.reason else self.verdict.value

    def __str__(self) -> str:
        return f"{self.falsifier} {self.mutant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominators:
    """What the verdict was counted over."""

    falsifiers: int = 0
    proven: int = 0
    declared: int = 0
    declared_killed: int = 0
    extreme: int = 0
    extreme_killed: int = 0
    not_measured: dict[str, int] = field(default_factory=dict)
    """Falsifiers by the world that is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofResult:
    """Everything a proof found out; the exit code follows from it."""

    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]
    denominators: Denominators
    proven: frozenset[str] = frozenset()
    """Keys of the falsifiers that are shown to be able to fail."""
    leftovers: tuple[str, ...] = ()
    """What stayed red after its fault was taken away: then nothing here can be believed."""
    backend: str = "cpu"
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """4 with a leftover, 1 with a finding, 3 where no experiment took place, else 0."""
        if self.leftovers:
            return ExitCode.INTERNAL
        if self.findings:
            return ExitCode.FINDINGS
        return ExitCode.CLEAN if self.judgements else ExitCode.NOTHING_JUDGED


def killed(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Those that count for the falsifier."""
    return [j for j in judgements if j.verdict is Verdict.KILLED]
