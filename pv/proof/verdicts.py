"""The closed words for what became of a mutant, and what each of them means."""

from __future__ import annotations

from enum import Enum

from pv.evidence.ledger import SURVIVED
from pv.finding import Finding, Location, Severity
from pv.run.verdicts import Explanation


class Verdict(Enum):
    """What became of one mutant before one falsifier."""

    KILLED = "KILLED"
    SURVIVED_UNREACHED = "SURVIVED-UNREACHED"
    SURVIVED_UNASSERTED = "SURVIVED-UNASSERTED"
    WRONG_RED = "WRONG-RED"
    VOID = "VOID"
    BASELINE_RED = "BASELINE-RED"
    TIMEOUT = "TIMEOUT"

    @property
    def is_survival(self) -> bool:
        """True where the falsifier ran with the fault in place, and passed."""
        return self.value in SURVIVED


class WrongRed(Enum):
    """Why a falsifier that went red has caught nothing."""

    SIBLING = "sibling"
    SETUP = "setup"
    TEARDOWN = "teardown"
    EXCEPTION = "exception"
    CRASH = "crash"


class VoidReason(Enum):
    """Why a mutant was no experiment."""

    NO_OP = "no-op"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    COMPILE = "compile"
    IMPORT = "import"
    UNPATCHABLE = "unpatchable"
    EQUIVALENT = "equivalent-on-probe"


NO_EXTREME_KILLED = "vacuous"
WAIVER_UNUSED = "waiver-unused"

EXPLANATIONS = {
    e.word: e
    for e in (
        Explanation(
            "PV-PROVE-001",
            Verdict.SURVIVED_UNREACHED.value,
            "the falsifier passes with the fault in place, because it never runs the faulty code",
            "cite the mutant from a falsifier that runs this code, or widen the test's inputs",
        ),
        Explanation(
            "PV-PROVE-002",
            Verdict.SURVIVED_UNASSERTED.value,
            "the falsifier runs the faulty code and passes: nothing that it asserts depends on it",
            "assert what the prediction says; compare with an oracle",
        ),
        Explanation(
            "PV-PROVE-003",
            Verdict.WRONG_RED.value,
            "the falsifier failed for another reason than its own assertion",
            "a kill is an AssertionError in the test's call, or the exception in `raises`",
        ),
        Explanation(
            "PV-PROVE-004",
            Verdict.VOID.value,
            "no experiment took place: the fault could not be put in place, or changes nothing",
            "correct the mutant's target, `replace` or `with`; see `pv lint`",
        ),
        Explanation(
            "PV-PROVE-005",
            Verdict.BASELINE_RED.value,
            "the falsifier is red, or asserts nothing, without any fault: it proves nothing",
            "make `pv run` green first",
        ),
        Explanation(
            "PV-PROVE-006",
            Verdict.TIMEOUT.value,
            "the falsifier ran far longer than without the fault and was ended; that is no kill",
            "choose a fault that changes a result and not the running time",
        ),
        Explanation(
            "PV-PROVE-007",
            NO_EXTREME_KILLED,
            "the falsifier notices none of: zeros, its first input, a constant, NaN as the result",
            "assert something about the implementation's result",
        ),
        Explanation(
            "PV-PROVE-008",
            WAIVER_UNUSED,
            "the waiver waives nothing: what it names is shown to be noticed without it",
            "delete the waiver",
        ),
    )
}


def finding_of(word: str, message: str, location: Location, subject: str) -> Finding:
    """The finding for what ``word`` stands for."""
    why = EXPLANATIONS[word]
    return Finding(
        why.code, Severity.ERROR, message, location, subject=subject, suggestion=why.remedy
    )
