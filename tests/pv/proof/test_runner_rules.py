"""The fifteen rules of a mutation runner, each learnt from a tool that broke it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pv.cache import Cache, digest
from pv.evidence.code import code_digest
from pv.exit_code import ExitCode
from pv.proof import prove as prove_module
from pv.proof.prove import prove
from pv.run.load import load_plan
from pv.run.record import planned_key
from pv.workspace import open_workspace
from tests.pv.proof.conftest import GOOD, SUBJECT, contract, falsifier, mutant, words

_AUTHOR = ("-c", "user.name=pv", "-c", "user.email=pv@localhost")

ONE = [falsifier(1, "sign-kept")]


def test_rule_01_baseline_is_green_and_asserted_first(prove_project):
    tests = """
from absval import absval

def falsify_abs_001_red():
    assert absval(-2) == 3

def falsify_abs_002_asserts_nothing():
    absval(-2)
"""
    entries = [
        falsifier(1, "sign-kept", name="red"),
        falsifier(2, "sign-kept", name="asserts_nothing"),
    ]
    result = prove_project(entries, [mutant()], tests)
    found = {j.falsifier[-3:]: j.word for j in result.judgements}
    assert found == {"001": "BASELINE-RED(failed)", "002": "BASELINE-RED(vacuous)"}
    assert result.exit_code is ExitCode.FINDINGS


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"replace": "x", "with": "y"}, "ambiguous"),
        ({"replace": "abs(x)"}, "missing"),
        ({"target": "absval:gone"}, "missing"),
        ({"target": "nowhere:absval"}, "missing"),
        ({"with": "- x"}, "no-op"),
        ({"replace": "x > 0", "with": "(x > 0)"}, "no-op"),
    ],
)
def test_rule_02_mutation_must_take(prove_project, keys, reason):
    result = prove_project(ONE, [mutant(**keys)])
    assert words(result) == {"sign-kept": f"VOID({reason})"}
    assert result.exit_code is ExitCode.FINDINGS


def test_rule_03_what_does_not_compile_or_import_is_void(prove_project):
    subject = "LIMIT = 1 + 1\n\n\ndef absval(x):\n    return x if x > 0 else -x\n"
    mutants = [
        mutant("no-python", **{"with": "x ="}),
        mutant("no-statement", replace="return x if x > 0 else -x", **{"with": "break"}),
        mutant("no-import", target="absval:LIMIT", replace="1 + 1", **{"with": "1 / 0"}),
    ]
    result = prove_project([falsifier(1, *[m["id"] for m in mutants])], mutants, subject=subject)
    assert words(result) == {
        "no-python": "VOID(compile)",
        "no-statement": "VOID(compile)",
        "no-import": "VOID(import)",
    }


BROKEN = """
import os
import subprocess

import pytest
from absval import absval

@pytest.fixture
def prepared():
    if absval(-2) != 2:
        raise AssertionError("in setup")

@pytest.fixture
def cleaned():
    yield
    if absval(-2) != 2:
        raise AssertionError("in teardown")

def falsify_abs_001_setup(prepared):
    assert absval(-2) == 2

def falsify_abs_002_teardown(cleaned):
    assert absval(-2) == 2

def falsify_abs_003_exception():
    assert {2: True}[absval(-2)]

def falsify_abs_004_crash():
    if absval(-2) != 2:
        os._exit(1)
    assert absval(-2) == 2

def falsify_abs_005_skip():
    if absval(-2) != 2:
        pytest.skip("not today")
    assert absval(-2) == 2

def falsify_abs_006_failed():
    if absval(-2) != 2:
        pytest.fail("no")
    assert absval(2) == 2

def falsify_abs_007_group():
    if absval(-2) != 2:
        raise ExceptionGroup("both", [AssertionError("a"), AssertionError("b")])
    assert absval(2) == 2

def falsify_abs_008_mixed():
    if absval(-2) != 2:
        raise ExceptionGroup("both", [AssertionError("a"), ValueError("b")])
    assert absval(2) == 2
"""


def test_rule_04_kill_is_an_assertion_in_the_call_phase(prove_project):
    names = ("setup", "teardown", "exception", "crash", "skip", "failed", "group", "mixed")
    entries = [falsifier(i, "sign-kept", name=name) for i, name in enumerate(names, start=1)]
    result = prove_project(entries, [mutant()], BROKEN)
    assert dict(zip(names, [j.word for j in result.judgements], strict=True)) == {
        "setup": "WRONG-RED(setup)",
        "teardown": "WRONG-RED(teardown)",
        "exception": "WRONG-RED(exception)",
        "crash": "WRONG-RED(crash)",
        "skip": "WRONG-RED(exception)",
        "failed": "KILLED",
        "group": "KILLED",
        "mixed": "WRONG-RED(exception)",
    }


def test_rule_04_declared_exception_is_a_kill(prove_project):
    tests = "from absval import absval\n\ndef falsify_abs_001_good():\n    assert absval(-2) == 2\n"
    edit = {"with": "[][x]"}
    mutants = [mutant("raises", **edit, raises="IndexError"), mutant("raises-too", **edit)]
    result = prove_project([falsifier(1, "raises", "raises-too")], mutants, tests)
    assert words(result) == {"raises": "KILLED", "raises-too": "WRONG-RED(exception)"}


TWO = (
    GOOD
    + """

def falsify_abs_002_positive_only():
    assert absval(2) == 2
"""
)


def test_rule_05_named_falsifier_goes_red(prove_project):
    entries = [falsifier(1), falsifier(2, "sign-kept", name="positive_only")]
    result = prove_project(entries, [mutant()], TWO)
    assert words(result) == {"sign-kept": "WRONG-RED(sibling)"}
    assert result.judgements[0].red == ("falsifiers/test_abs.py::falsify_abs_001_good",)


def test_rule_06_whole_red_set_is_reported(prove_project):
    tests = """
import subprocess

import pytest
from absval import absval

@pytest.mark.parametrize("x", range(-5, 27))
def falsify_abs_001_good(x):
    assert absval(x) >= 0
"""
    result = prove_project(ONE, [mutant()], tests)
    assert [j.word for j in result.judgements] == ["KILLED"]
    assert result.judgements[0].red == tuple(
        f"falsifiers/test_abs.py::falsify_abs_001_good[{x}]" for x in range(-5, 0)
    )


def test_rule_07_zero_executed_is_never_exit_0(prove_project):
    result = prove_project([falsifier(1)], [])
    assert (result.judgements, result.exit_code) == ((), ExitCode.NOTHING_JUDGED)


def test_rule_07_declared_is_executed(prove_project):
    names = [f"m-{i}" for i in range(7)]
    mutants = [mutant(name, **{"with": f"x - {i}"}) for i, name in enumerate(names)]
    result = prove_project([falsifier(1, *names)], mutants)
    assert (result.denominators.declared, result.denominators.declared_killed) == (7, 7)


def test_rule_08_green_again_after_restoration(prove_project):
    tests = """
from absval import absval

seen = {}

def falsify_abs_001_good():
    seen.setdefault(-2, absval(-2)) if absval(-2) != 2 else None
    assert seen.get(-2, 2) == absval(2)
"""
    result = prove_project(ONE, [mutant()], tests)
    assert len(result.leftovers) == 1
    assert result.exit_code is ExitCode.INTERNAL


def test_rule_09_dead_anchor_is_known_without_running(tmp_path, prove_project, monkeypatch):
    def never(*_):
        raise RuntimeError("a worker was started")

    monkeypatch.setattr("pv.proof.laboratory.WorkerProcess", never)
    result = prove_project(ONE, [mutant(replace="gone")])
    assert words(result) == {"sign-kept": "VOID(missing)"}


def test_rule_10_an_old_proof_is_history(tmp_path, plant):
    def key():
        plan, index = load_plan(open_workspace(tmp_path))
        index.cache = Cache()
        return planned_key(plan.falsifiers[0], index).digest

    plant(ONE, [mutant()])
    before = key()
    plant(ONE, [mutant(**{"with": "x + 0"})])
    assert key() != before


def test_what_a_key_is_made_of_is_read_once(tmp_path, prove_project):
    prove_project(ONE, [mutant()])
    source = Path(prove_module.__file__).read_bytes()
    kept = Cache.for_root(tmp_path).get(("code", digest(source)), lambda: "it was not kept")
    assert kept == code_digest(source, Cache())


def test_rule_12_survivors_are_split_by_whether_the_line_ran(prove_project):
    subject = """\
def absval(x):
    if x is None:
        return 0 + 0
    return (x if x > 0 else -x) + 0 * (x + 1)
"""
    mutants = [
        mutant("unreached", replace="0 + 0", **{"with": "1"}),
        mutant("unasserted", replace="x + 1", **{"with": "x + 2"}),
        mutant("branch", replace="-x", **{"with": "x"}),
    ]
    tests = "from absval import absval\n\ndef falsify_abs_001_good():\n    assert absval(2) == 2\n"
    names = [m["id"] for m in mutants]
    result = prove_project([falsifier(1, *names)], mutants, tests, subject)
    assert words(result) == {
        "unreached": "SURVIVED-UNREACHED",
        "unasserted": "SURVIVED-UNASSERTED",
        "branch": "SURVIVED-UNREACHED",  # the line ran, the expression did not
    }


def test_rule_13_only_what_a_change_can_reach_is_proved(tmp_path, plant):
    tests = (
        GOOD
        + """

def falsify_abs_002_twice():
    from doubling import twice
    assert twice(2) == 4
"""
    )
    mutants = [mutant(), mutant("added", target="doubling:twice", replace="2 * x", **{"with": "x"})]
    entries = [falsifier(1, "sign-kept"), falsifier(2, "added", name="twice")]
    files = {"doubling.py": "def twice(x):\n    return 2 * x\n", "falsifiers/test_two.py": tests}
    entries[1]["test"] = "falsifiers/test_two.py::falsify_abs_002_twice"
    plant(entries, mutants, files=files)
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "base"]):
        subprocess.run(["git", *_AUTHOR, *command], cwd=tmp_path, check=True)
    assert prove(tmp_path, changed_since="HEAD").exit_code is ExitCode.NOTHING_JUDGED
    (tmp_path / "doubling.py").write_text("def twice(x):\n    return 2 * x + 0\n")
    assert words(prove(tmp_path, changed_since="HEAD", workers=1)) == {"added": "KILLED"}
    (tmp_path / "absval.py").write_text(SUBJECT + "\n\nLIMIT = 3\n")
    result = prove(tmp_path, changed_since="HEAD", workers=1)
    assert set(words(result)) == {"sign-kept", "added"}


def test_rule_13_named_contracts_only(tmp_path, plant):
    plant(ONE, [mutant()])
    other = contract([falsifier(1, "other")], [mutant("other")])
    (tmp_path / "contracts/other-v1.yaml").write_text(other)
    assert words(prove(tmp_path, ["other-v1"], workers=1)) == {"other": "KILLED"}


def test_rule_14_a_survivor_is_an_error(prove_project):
    subject = "def absval(x):\n    return x if x >= 0 else -x\n"
    equivalent = mutant("equivalent", replace="x >= 0", **{"with": "x > 0"})
    result = prove_project([falsifier(1, "equivalent")], [equivalent], subject=subject)
    assert words(result) == {"equivalent": "SURVIVED-UNASSERTED"}
    assert [f.code for f in result.findings] == ["PV-PROVE-002"]
    assert result.exit_code is ExitCode.FINDINGS


def test_rule_15_two_different_mutants_one_extreme(prove_project):
    entries = [falsifier(1, "sign-kept")]
    assert prove_project(entries, [mutant()]).proven == set()
    covering = [falsifier(1, "sign-kept", covers=["absval"])]
    tests = "def falsify_abs_001_good(implementation):\n    assert implementation(x=-2) == 2\n"
    result = prove_project(covering, [mutant()], tests)
    assert result.proven == {"abs-v1/FALSIFY-ABS-001"}
    assert {j.mutant: j.word for j in result.judgements if j.is_extreme} == {
        "zeros": "KILLED",
        "first-input": "KILLED",
        "constant": "KILLED",
        "nan": "VOID(equivalent-on-probe)",
    }
