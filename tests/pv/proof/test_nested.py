"""A fault in pv itself: it must reach pv's commands and their pytest, and stay told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from pv.proof.prove import prove
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


def falsify_abs_003_validate(cli, tmp_path):
    (tmp_path / "bad.yaml").write_text("metadata: 1")
    assert cli("pv", "validate", tmp_path / "bad.yaml").exit_code == 1


def falsify_abs_004_in_process():
    from pv.exit_code import worst, ExitCode
    assert worst([ExitCode.CLEAN, ExitCode.FINDINGS]) is ExitCode.FINDINGS
"""

INNER_MUTANTS = [
    mutant("killed"),
    mutant("unreached"),
    mutant("import", target="absval:SCALE", replace="1 + 0", **{"with": "2"}),
]


def fault(name: str, target: str, replace: str, with_: str) -> dict:
    return mutant(name, target=target, replace=replace, **{"with": with_})


NO_KILL = (
    "pv.proof.case:is_kill",
    "isinstance(error, AssertionError | pytest.fail.Exception)",
    "False",
)
IN_A_WORKER = [
    fault("no-kill", *NO_KILL),
    fault("no-swap", "pv.proof.swap:swapped", "function.__code__ = code", "pass"),
]
HARMLESS = [
    fault("harmless", "pv.proof.case:_one_line", "lines[:2]", "lines[:1]"),
    fault("harmless-too", "pv.proof.case:_end", "teardown is not None", "bool(teardown)"),
]
IN_THE_PLUGIN = [
    fault("deaf", "pv.run.recording:Recording.asserted", "self._is_calling", "False"),
    fault("unused", *NO_KILL),
]
IN_A_COMMAND = [fault("finds-nothing", "pv.gate.check:validate", "judgement.findings", "()")]
AT_IMPORT = [fault("best-for-worst", "pv.exit_code:worst", "min", "max")]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, str]:
    """The verdicts of a project whose falsifiers run pv on a project in it."""
    root = tmp_path_factory.mktemp("nested")
    (root / "pv").symlink_to(ROOT / "pv")
    # Each has its own contract, so that no sibling notices the fault.
    outer = {
        "prove": (falsifier(1, *ids(IN_A_WORKER, HARMLESS), name="prove"), IN_A_WORKER + HARMLESS),
        "run": (falsifier(2, *ids(IN_THE_PLUGIN), name="run"), IN_THE_PLUGIN),
        "validate": (falsifier(3, *ids(IN_A_COMMAND), name="validate"), IN_A_COMMAND),
        "in-process": (falsifier(4, *ids(AT_IMPORT), name="in_process"), AT_IMPORT),
    }
    inner = {
        "abs": falsifier(1, "killed", "import"),
        "alone": falsifier(2, "unreached", name="positive_only"),
    }
    write_project(
        root / "inner",
        {
            "absval.py": INNER_SUBJECT,
            "falsifiers/test_abs.py": INNER_TESTS,
            **{f"contracts/{n}-v1.yaml": contract([f], INNER_MUTANTS) for n, f in inner.items()},
        },
    )
    write_project(
        root,
        {
            "falsifiers/test_abs.py": OUTER_TESTS,
            **{f"contracts/{n}-v1.yaml": contract([f], m) for n, (f, m) in outer.items()},
        },
    )
    return words(prove(root, workers=1))


def ids(*faults: list[dict]) -> list[str]:
    return [entry["id"] for some in faults for entry in some]


def test_fault_in_what_runs_in_a_worker(found):
    assert {found[name] for name in ids(IN_A_WORKER)} == {"KILLED"}


def test_fault_that_changes_nothing_does_not_pass_for_a_fault_of_the_project(found):
    assert {found[name] for name in ids(HARMLESS)} == {"SURVIVED-UNASSERTED"}


def test_fault_in_the_plugin(found):
    assert [found[name] for name in ids(IN_THE_PLUGIN)] == ["KILLED", "SURVIVED-UNREACHED"]


def test_target_in_pv_is_proved_through_its_commands(found):
    assert [found[name] for name in ids(IN_A_COMMAND, AT_IMPORT)] == ["KILLED", "KILLED"]
