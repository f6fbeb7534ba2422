"""Outcome: the judgements of a proof, what follows for each falsifier, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pv.evidence.ledger import Record
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
    verdict: Verdict
    implementation: str | None = None
    """Whose result was changed, for an extreme mutant; None for a declared one."""
    reason: str = ""
    detail: str = ""
    red: tuple[str, ...] = ()
    """Every case that the fault turned red, siblings included."""
    seconds: float = 0.0
    is_replayed: bool = True
    """False where a record under the current key says so."""

    @property
    def key(self) -> str:
        """The falsifier's identity in the tree."""
        return f"{self.contract}/{self.falsifier}"

    @property
    def is_extreme(self) -> bool:
        """True for a fault that nobody declared."""
        return self.implementation is not None

    @property
    def word(self) -> str:
        """The verdict with its reason."""
        return f"{self.verdict.value}({self.reason})" if self.reason else self.verdict.value

    def __str__(self) -> str:
        return f"{self.falsifier} {self.mutant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A survivor that a contract accepts for a while."""

    contract: str
    falsifier: str
    mutant: str | None
    """None where the whole falsifier is waived: its survivors are accepted, and it not proven."""
    expires: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Denominators:
    """What the verdict was counted over."""

    falsifiers: int = 0
    bound: int = 0
    replayed: int = 0
    recorded: int = 0
    """Judged by a record under the current key, without running anything."""
    proven: int = 0
    declared: int = 0
    declared_killed: int = 0
    extreme: int = 0
    extreme_killed: int = 0
    not_measured: Mapping[str, int] = field(default_factory=dict)
    """Falsifiers by the world that is absent."""

    def __add__(self, other: Denominators) -> Denominators:
        """Both together."""
        counts = {
            name: getattr(self, name) + getattr(other, name)
            for name in Denominators.__slots__
            if name != "not_measured"
        }
        absent = Counter(self.not_measured) + Counter(other.not_measured)
        return Denominators(**counts, not_measured=dict(absent))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofResult:
    """Everything a proof found out; the exit code follows from it."""

    judgements: tuple[Judgement, ...]
    findings: tuple[Finding, ...]
    by_contract: Mapping[str, Denominators]
    proven: frozenset[str] = frozenset()
    """Keys of the falsifiers that are shown to be able to fail."""
    shortfalls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What is missing for the other bound falsifiers, by key."""
    waived: tuple[Waived, ...] = ()
    """What would be findings without a waiver."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """The world that is not here, by the key of the falsifier that needs it."""
    why: Mapping[str, str] = field(default_factory=dict)
    """Why a falsifier was replayed where records could stand for it, by its key."""
    leftovers: tuple[str, ...] = ()
    """What stayed red after its fault was taken away: then nothing here can be believed."""
    records: tuple[Record, ...] = ()
    """What is to be kept of the replayed falsifiers; none where there are leftovers."""
    backend: str = "cpu"
    seconds: float = 0.0

    @property
    def denominators(self) -> Denominators:
        """All contracts together."""
        return sum(self.by_contract.values(), Denominators())

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
