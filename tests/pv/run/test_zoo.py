"""Every kind of falsifier gets its verdict, serially and over xdist workers."""

from __future__ import annotations

import pytest
from rich.text import Text

from pv.exit_code import ExitCode
from pv.run.judge import judge
from pv.run.outcome import FalsifierResult, RunResult
from pv.run.runner import Options, run
from pv.run.scoreboard import table
from pv.run.verdicts import EXPLANATIONS
from tests.pv.run.conftest import write_project
from tests.pv.run.zoo import FILES, VERDICTS


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("zoo"), FILES)


@pytest.fixture(scope="module")
def result(root) -> RunResult:
    return run(root)


def find(result: RunResult, number: int) -> FalsifierResult:
    return next(f for f in result.falsifiers if f.id == f"FALSIFY-ZOO-{number:03d}")


@pytest.mark.parametrize("number", VERDICTS)
def test_verdict(result, number):
    verdict, reason = VERDICTS[number]
    found = find(result, number)
    assert found.verdict.value == verdict
    assert reason in found.reason


def test_every_red_falsifier_has_its_finding(result):
    green = {"passed", "world-absent", "unbound"}
    red = {n for n, (verdict, _) in VERDICTS.items() if verdict not in green}
    subjects = {f.subject.split()[0] for f in result.findings}
    assert {f"FALSIFY-ZOO-{n:03d}" for n in red} <= subjects
    assert not {f"FALSIFY-ZOO-{n:03d}" for n in {*VERDICTS} - red} & subjects
    assert result.exit_code is ExitCode.FINDINGS
    assert {f.code for f in result.findings} <= {e.code for e in EXPLANATIONS.values()}


def test_failure_is_located(result):
    failed = next(f for f in result.findings if f.subject == "FALSIFY-ZOO-002 [plain]")
    line = FILES["falsifiers/test_zoo.py"].splitlines().index("    assert implementation(x=1) == 2")
    assert str(failed.location) == f"falsifiers/test_zoo.py:{line + 1}:1"
    assert "assert 1 == 2" in failed.message
    assert any("002" in title and "assert 1 == 2" in text for title, text in result.failures)


def test_differences_between_index_and_collection_are_findings(result):
    found = {f.subject: f.message for f in result.findings if f.code == "PV-RUN-008"}
    assert {subject.rpartition("_")[2] for subject in found} == {"replaced", "hidden"}
    assert "defined at" in found["falsifiers/test_disagree.py::falsify_zoo_040_replaced"]


def test_damaged_contract_is_a_finding_and_the_rest_is_judged(result):
    assert [f.location.path for f in result.findings if f.code == "PV-RUN-014"] == [
        "contracts/damaged-v1.yaml"
    ]
    assert (result.denominators.judged, result.denominators.contracts) == (1, 2)


def test_cells(result):
    cells = {c.cell.implementation: c for c in find(result, 13).cells}
    assert cells["plain"].verdict.value == "passed"
    mixed = {c.cell.implementation: c for c in find(result, 27).cells}
    assert mixed["plain"].verdict.value == "passed"
    assert mixed["on_gpu"].verdict.value == "world-absent"
    assert mixed["on_gpu"].cell.dtype == "float32"
    assert [c.cell.implementation for c in find(result, 15).cells] == ["plain"]
    assert [c.cell.implementation for c in find(result, 1).cells] == ["plain", "other"]
    assert find(result, 10).cells[0].cases == 2
    assert find(result, 1).cells[0].asserted == 3
    assert find(result, 14).cells[0].asserted == 9  # not those of Hypothesis itself


def test_denominators(result):
    c = result.denominators
    assert (c.declared, c.unbound, c.bound) == (len(VERDICTS), 2, len(VERDICTS) - 2)
    assert c.skipped == {"not today": 1, "no time": 1, "later": 1}
    assert c.not_measured == {"gpu": 1}
    assert (c.xfail, c.xpass, c.not_run) == (2, 1, 2)


def test_records_of_what_ran(result, root):
    recorded = {p.name for p in root.glob(".pv/evidence/zoo-v1/*.json")}
    assert "FALSIFY-ZOO-001@cpu.json" in recorded
    assert not {f"FALSIFY-ZOO-{n:03d}@cpu.json" for n in (3, 16, 41, 46, 47)} & recorded
    assert not list(root.glob(".pv/**/.*.json*"))  # nothing half-written


def test_workers_give_the_same_result(result, root):
    spread = run(root, options=Options(workers=2))

    def essence(r: RunResult):
        return (
            [(f.id, f.verdict, f.reason, [(c.verdict, c.cases, c.asserted) for c in f.cells])
             for f in r.falsifiers],
            [f.fingerprint for f in r.findings],
        )  # fmt: skip

    assert essence(spread) == essence(result)
    assert spread.denominators == result.denominators


def test_judging_is_pure(result, root):
    from pv.run.load import load_plan
    from pv.run.observation import Observation
    from pv.workspace import open_workspace

    plan, _ = load_plan(open_workspace(root))
    nothing = judge(plan, Observation())
    assert nothing.denominators.executed == 0
    assert nothing.exit_code is ExitCode.FINDINGS


def test_table_holds_every_cell_in_a_narrow_terminal(result):
    drawn = Text.from_ansi(table(result, 80)).plain
    for falsifier in result.falsifiers:
        for cell in falsifier.cells:
            assert f"{cell.cell} " in drawn
    assert max(map(len, drawn.splitlines())) <= 80
