"""A fault in pv itself: it must reach the pytest that pv's commands start, and stay told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pv.proof.conftest import contract, falsifier, mutant, words
from tests.pv.run.conftest import write_project

ROOT = Path(__file__).parents[3]

INNER_SUBJECT = """
SCALE = 1 + 0


def absval(x):
    return SCALE * (x if x > 0 else -x)
"""

INNER_TESTS = """
from absval import absval


def falsify_abs_001_good():
    assert absval(-2) == 2


def falsify_abs_002_positive_only():
    assert absval(2) == 2
"""

OUTER_TESTS = """
import json
from pathlib import Path

INNER = Path(__file__).parents[1] / "inner"


def falsify_abs_001_prove(cli):
    done = cli("pv", "prove", "--format", "json", "--workers", "1", cwd=INNER)
    found = {j["mutant"]: j["verdict"] for j in json.loads(done.stdout)["judgements"]}
    assert found == {"killed": "KILLED", "unreached": "SURVIVED-UNREACHED", "import": "KILLED"}


def falsify_abs_002_run(cli):
    done = cli("pv", "run", "--format", "json", cwd=INNER)
    assert json.loads(done.stdout)["denominators"]["passed"] == 2
"""

INNER_MUTANTS = [
    mutant("killed"),
    mutant("unreached"),
    mutant("import", target="absval:SCALE", replace="1 + 0", **{"with": "2"}),
]


@pytest.fixture
def prove_nested(tmp_path, prove_project):
    """Prove a project whose falsifiers run pv on a project in it."""
    (tmp_path / "pv").symlink_to(ROOT / "pv")
    entries = [
        falsifier(1, "killed", "import"),
        falsifier(2, "unreached", name="positive_only"),
    ]
    write_project(
        tmp_path / "inner",
        {
            "absval.py": INNER_SUBJECT,
            "falsifiers/test_abs.py": INNER_TESTS,
            "contracts/abs-v1.yaml": contract([entries[0]], INNER_MUTANTS),
            # Its own contract, so that no sibling notices the fault.
            "contracts/alone-v1.yaml": contract([entries[1]], INNER_MUTANTS),
        },
    )

    def run(number: int, name: str, *mutants: dict):
        entry = falsifier(number, *[m["id"] for m in mutants], name=name)
        return words(prove_project([entry], list(mutants), OUTER_TESTS))

    return run


def fault(name: str, target: str, replace: str, with_: str) -> dict:
    return mutant(name, target=target, replace=replace, **{"with": with_})


def test_fault_in_what_runs_in_a_worker(prove_nested):
    found = prove_nested(
        1,
        "prove",
        fault(
            "no-kill",
            "pv.proof.case:is_kill",
            "isinstance(error, AssertionError | pytest.fail.Exception)",
            "False",
        ),
        fault("no-swap", "pv.proof.swap:swapped", "function.__code__ = code", "pass"),
    )
    assert found == {"no-kill": "KILLED", "no-swap": "KILLED"}


def test_fault_that_changes_nothing_does_not_pass_for_a_fault_of_the_project(prove_nested):
    found = prove_nested(
        1,
        "prove",
        fault("harmless", "pv.proof.case:_one_line", "lines[:2]", "lines[:1]"),
        fault("harmless-too", "pv.proof.case:_end", "teardown is not None", "bool(teardown)"),
    )
    assert found == dict.fromkeys(("harmless", "harmless-too"), "SURVIVED-UNASSERTED")


def test_fault_in_the_plugin(prove_nested):
    found = prove_nested(
        2,
        "run",
        fault("deaf", "pv.run.recording:Recording.asserted", "self._is_calling", "False"),
        fault(
            "unused",
            "pv.proof.case:is_kill",
            "isinstance(error, AssertionError | pytest.fail.Exception)",
            "False",
        ),
    )
    assert found == {"deaf": "KILLED", "unused": "SURVIVED-UNREACHED"}
