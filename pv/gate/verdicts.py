"""The closed words for what became weaker since a base, and what each of them means."""

from __future__ import annotations

from enum import Enum

from pv.run.verdicts import Explanation


class Weaker(Enum):
    """A way in which a contract checks less than it did."""

    CONTRACT_GONE = "contract-gone"
    FALSIFIER_GONE = "falsifier-gone"
    TESTS_GONE = "tests-gone"
    CITATION_GONE = "citation-gone"
    EQUATION_GONE = "equation-gone"
    COVER_GONE = "cover-gone"
    IMPLEMENTATION_GONE = "implementation-gone"
    CELL_EXCUSED = "cell-excused"
    MUTANT_GONE = "mutant-gone"
    MUTANT_DROPPED = "mutant-dropped"
    LEVEL_LOWERED = "level-lowered"
    WORLD_ADDED = "world-added"
    TOLERANCE_RAISED = "tolerance-raised"
    CASES_FEWER = "cases-fewer"
    PARAM_GONE = "param-gone"
    RECORD_GONE = "record-gone"
    RECORD_REWRITTEN = "record-rewritten"
    KILL_LOST = "kill-lost"
    ASSERTIONS_FEWER = "assertions-fewer"


EXPLANATIONS = {
    e.word: e
    for e in (
        Explanation(
            "PV-BASE-001",
            Weaker.CONTRACT_GONE.value,
            "a contract is gone, and none of its falsifiers stands in another one",
            "restore the file; a contract may be renamed or split as long as its ids live on",
        ),
        Explanation(
            "PV-BASE-002",
            Weaker.FALSIFIER_GONE.value,
            "a falsifier is gone: no contract has its id",
            "restore it; it may move to another contract, under the same id",
        ),
        Explanation(
            "PV-BASE-003",
            Weaker.TESTS_GONE.value,
            "a falsifier that cited tests cites none, so nothing is run for it",
            "cite the tests again",
        ),
        Explanation(
            "PV-BASE-004",
            Weaker.CITATION_GONE.value,
            "a falsifier cites fewer tests",
            "cite the test again, or the one that took its place",
        ),
        Explanation(
            "PV-BASE-005",
            Weaker.EQUATION_GONE.value,
            "an equation is gone, and with it all that was claimed about its implementations",
            "restore it; a new name of it is a new equation",
        ),
        Explanation(
            "PV-BASE-006",
            Weaker.COVER_GONE.value,
            "a falsifier no longer covers an equation, so it no longer runs on its implementations",
            "name the equation in `covers` again",
        ),
        Explanation(
            "PV-BASE-007",
            Weaker.IMPLEMENTATION_GONE.value,
            "an equation no longer names an implementation, so nothing judges that code by it",
            "name it again; an implementation may be renamed if its `target` stays",
        ),
        Explanation(
            "PV-BASE-008",
            Weaker.CELL_EXCUSED.value,
            "a falsifier is excused from an implementation that it ran on",
            "take the excuse out and correct the implementation",
        ),
        Explanation(
            "PV-BASE-009",
            Weaker.MUTANT_GONE.value,
            "a mutant is no longer declared, so the falsifier need not catch that fault",
            "declare it again; what it replaces and with what may change",
        ),
        Explanation(
            "PV-BASE-010",
            Weaker.MUTANT_DROPPED.value,
            "a falsifier no longer has to catch a mutant",
            "cite the mutant again; `pv prove` says why it survives",
        ),
        Explanation(
            "PV-BASE-011",
            Weaker.LEVEL_LOWERED.value,
            "a falsifier no longer goes through the user's command or the real world",
            "restore `level`, and a test that lives up to it",
        ),
        Explanation(
            "PV-BASE-012",
            Weaker.WORLD_ADDED.value,
            "a falsifier, or an implementation, needs a backend that it did not need: "
            "where that is absent it is no longer measured",
            "take `world` or `backend` out, or put it on a falsifier of its own",
        ),
        Explanation(
            "PV-BASE-013",
            Weaker.TOLERANCE_RAISED.value,
            "a parameter that is a tolerance by its name is larger",
            "restore the number; derive the bound that the arithmetic allows",
        ),
        Explanation(
            "PV-BASE-014",
            Weaker.CASES_FEWER.value,
            "a number of cases is smaller, or a list of inputs lacks values that it had",
            "restore the number or the values",
        ),
        Explanation(
            "PV-BASE-015",
            Weaker.PARAM_GONE.value,
            "a parameter is gone, and with it a bound or an input of the test",
            "restore it; a parameter under a new name is a new parameter",
        ),
        Explanation(
            "PV-BASE-016",
            Weaker.RECORD_GONE.value,
            "a committed record is gone or cannot be read: what was once shown may not vanish",
            "restore the file; a record is superseded by the next proof, never deleted",
        ),
        Explanation(
            "PV-BASE-017",
            Weaker.RECORD_REWRITTEN.value,
            "a committed record says something new, and its history lacks what it said before",
            "restore the file from the base, and prove again: `pv prove` extends the history",
        ),
        Explanation(
            "PV-BASE-018",
            Weaker.KILL_LOST.value,
            "a fault that the falsifier noticed survives: an assertion is gone, or sees less",
            "restore the assertion",
        ),
        Explanation(
            "PV-BASE-019",
            Weaker.ASSERTIONS_FEWER.value,
            "the falsifier's clean run evaluates fewer assertions than its record says",
            "restore the assertion",
        ),
    )
}
