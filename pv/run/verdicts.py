"""The closed words for what became of a falsifier, and what each of them means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What became of a case, a cell or a falsifier, the worst first."""

    UNRESOLVED = "unresolved"
    UNBOUND = "unbound"
    ERROR = "error"
    FAILED = "failed"
    SWALLOWED = "swallowed"
    VACUOUS = "vacuous"
    IMPL_UNREACHED = "impl-unreached"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    SKIPPED = "skipped"
    NOT_COLLECTED = "not-collected"
    NOT_RUN = "not-run"
    PASSED = "passed"
    # Last: a falsifier of which some cells were measured is judged by those.
    WORLD_ABSENT = "world-absent"

    @property
    def is_red(self) -> bool:
        """True where the verdict is a finding. Unbound is for lint to judge."""
        return self not in (Verdict.PASSED, Verdict.WORLD_ABSENT, Verdict.UNBOUND)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of ``verdicts``; none at all means that nothing ran."""
    return min(verdicts, key=list(Verdict).index, default=Verdict.NOT_RUN)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding of a run or a proof: its code, its word, why it is red, and what to do."""

    code: str
    word: str
    why: str
    remedy: str


RESOLVER_DISAGREE = "resolver-disagree"
CHILD_DIED = "child-died"
CONTRACT_REFUSED = "contract-refused"

EXPLANATIONS = {
    e.word: e
    for e in (
        Explanation(
            "PV-RUN-001",
            Verdict.FAILED.value,
            "a case of the falsifier failed: the prediction does not hold",
            "read if_fails in the contract; correct the implementation, or the contract",
        ),
        Explanation(
            "PV-RUN-002",
            Verdict.ERROR.value,
            "the falsifier could not be judged: its file, a fixture or its teardown raised",
            "correct the error; until then nothing is known about the prediction",
        ),
        Explanation(
            "PV-RUN-003",
            Verdict.SKIPPED.value,
            "a skipped falsifier measures nothing",
            "remove the skip, or declare the world that the falsifier needs in its contract",
        ),
        Explanation(
            "PV-RUN-004",
            Verdict.XFAILED.value,
            "an expected failure is a failure: the prediction does not hold",
            "correct the implementation, or take the claim out of the contract",
        ),
        Explanation(
            "PV-RUN-005",
            Verdict.XPASSED.value,
            "the test passes but is marked to fail: one of the two is wrong",
            "remove the xfail mark",
        ),
        Explanation(
            "PV-RUN-006",
            Verdict.VACUOUS.value,
            "the test passed without evaluating an assertion, so it could not have failed",
            "assert what the prediction says: assert, pytest.raises or numpy.testing.assert_*; "
            "a pytest.fail that is not called evaluates nothing",
        ),
        Explanation(
            "PV-RUN-007",
            Verdict.IMPL_UNREACHED.value,
            "no case of the test entered the implementation, so it says nothing about it",
            "take the `implementation` fixture as a parameter and call it",
        ),
        Explanation(
            "PV-RUN-008",
            RESOLVER_DISAGREE,
            "pytest collected something else than the function that the citation resolves to",
            "define the cited function plainly at the top level of the cited file",
        ),
        Explanation(
            "PV-RUN-009",
            Verdict.NOT_COLLECTED.value,
            "pytest collected no test for the citation",
            "see why with `pytest --collect-only` on the cited file",
        ),
        Explanation(
            "PV-RUN-010",
            Verdict.NOT_RUN.value,
            "the run ended, or left the test out, before it was judged",
            "look for -k, -m, -x, a deselecting conftest, or a test that ends the process",
        ),
        Explanation(
            "PV-RUN-011",
            Verdict.WORLD_ABSENT.value,
            "the world that the falsifier declares is not there, and here it is required",
            "run where the world is, or declare a status that does not need it",
        ),
        Explanation(
            "PV-RUN-012",
            Verdict.UNRESOLVED.value,
            "the contract cites a test that does not exist",
            "correct the citation; `pv lint` names the nearest test",
        ),
        Explanation(
            "PV-RUN-013",
            CHILD_DIED,
            "pytest's own exit does not agree with what it recorded, so the record is not whole",
            "look for a test, plugin or conftest that ends the process or fails the session",
        ),
        Explanation(
            "PV-RUN-014",
            CONTRACT_REFUSED,
            "the contract cannot be read, so none of its falsifiers were judged",
            "see `pv validate`",
        ),
        Explanation(
            "PV-RUN-015",
            Verdict.SWALLOWED.value,
            "an assertion failed and the test passed all the same: something caught the failure",
            "let it through: no handler, context manager, hook or thread may end an AssertionError",
        ),
    )
}
