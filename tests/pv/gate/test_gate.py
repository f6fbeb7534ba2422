"""The gate: every step ends in a verdict, and the worst one is the gate's."""

import pytest

from pv.exit_code import ExitCode, UsageError
from pv.gate import gate
from pv.rules.example import CONTRACT, GREEN, TEST
from pv.workspace import open_workspace


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(GREEN.write_to(tmp_path))


def step(name: str, code: ExitCode) -> gate.Step:
    return gate.Step(name=name, exit_code=code, text="", data={})


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([0, 0, 0], 0),
        ([0, 3, 0], 3),
        ([3, 1, 0], 1),
        ([1, 2, 3], 2),
        ([0, 2, 4], 4),
    ],
)
def test_verdict_is_the_worst_step(codes, expected):
    assert gate.verdict(step("x", ExitCode(code)) for code in codes) is ExitCode(expected)


def test_gate_without_a_step_judged_nothing():
    assert gate.verdict([]) is ExitCode.NOTHING_JUDGED


@pytest.mark.parametrize(
    ("error", "code", "has_trace"),
    [
        (UsageError("no such option"), ExitCode.USAGE, False),
        (RuntimeError("broken"), ExitCode.INTERNAL, True),
    ],
)
def test_step_that_breaks_ends_in_a_verdict(workspace, monkeypatch, error, code, has_trace):
    def broken(_workspace, _options):
        raise error

    monkeypatch.setitem(gate.STEPS, "run", broken)
    taken = gate.take("run", workspace, gate.Options())
    assert (taken.name, taken.exit_code, bool(taken.trace)) == ("run", code, has_trace)
    assert str(error) in taken.text


@pytest.mark.parametrize("name", ["validate", "lint"])
def test_step_reports_its_denominators_last(workspace, name):
    taken = gate.take(name, workspace, gate.Options())
    assert taken.exit_code is ExitCode.CLEAN
    assert taken.text.splitlines()[-1].startswith("contracts 1/1 | falsifiers declared 1")
    assert taken.data["exit_code"] == 0


def test_lint_step_is_armed(tmp_path):
    renamed = GREEN.edit(TEST, "falsify_abs_001_never_negative", "falsify_abs_001_other")
    taken = gate.take("lint", open_workspace(renamed.write_to(tmp_path)), gate.Options())
    assert taken.exit_code is ExitCode.FINDINGS


def test_validate_step_judges_the_contracts_of_the_project_only(tmp_path):
    stray = GREEN.write("drafts/stray-v1.yaml", "[").write("contracts/note.txt", "[")
    taken = gate.take("validate", open_workspace(stray.write_to(tmp_path)), gate.Options())
    assert taken.data["denominators"]["contracts"] == {"declared": 1, "judged": 1}
    assert CONTRACT in stray.files
