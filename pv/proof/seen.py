"""Seen: what was observed of one experiment, however its workers ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pv.proof.case import CaseEnd
from pv.proof.experiment import Experiment


class Cut(Enum):
    """Why a falsifier was not run to its end under a fault."""

    TIMEOUT = "timeout"
    CRASH = "crash"
    BASELINE = "baseline"
    """It brought its process down without any fault."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What became of one experiment. Filled in while it runs, read when it is over."""

    experiment: Experiment
    cases: dict[str, list[CaseEnd]] = field(default_factory=dict)
    """By falsifier, in the order in which they ran."""
    reached: dict[str, bool] = field(default_factory=dict)
    """Falsifiers that ran to their end, and whether they met the fault."""
    cut: dict[str, Cut] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Falsifiers of which every case needs a world that is not here."""
    red_size_first: set[str] = field(default_factory=set)
    """Falsifiers that go red under the fault where the size of a collection is drawn first."""
    only_size_first: set[str] = field(default_factory=set)
    """Those of them that are green then without the fault: it is the fault that they notice."""
    siblings: list[CaseEnd] = field(default_factory=list)
    leftovers: list[CaseEnd] = field(default_factory=list)
    void: tuple[str, str] | None = None
    """Reason and detail."""
