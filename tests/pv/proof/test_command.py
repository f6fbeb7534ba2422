"""``pv prove`` from the command line."""

from __future__ import annotations

import json

import pytest

from pv.cli.main import main
from pv.exit_code import ExitCode
from pv.proof import selftest as liars
from pv.proof.selftest import selftest
from pv.proof.verdicts import Verdict
from tests.pv.proof.conftest import GOOD, SUBJECT, contract, falsifier, mutant
from tests.pv.run.conftest import write_project


@pytest.fixture
def pv(tmp_path, monkeypatch, capfd):
    def call(*arguments: str, edit: str = "x") -> tuple[int, str]:
        files = {
            "absval.py": SUBJECT,
            "falsifiers/test_abs.py": GOOD,
            "contracts/abs-v1.yaml": contract(
                [falsifier(1, "sign-kept")], [mutant(**{"with": edit})]
            ),
        }
        monkeypatch.chdir(write_project(tmp_path, files))
        return main(["prove", *arguments]), "".join(capfd.readouterr())

    return call


def test_prove(pv):
    code, text = pv("--workers", "1")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "KILLED               FALSIFY-ABS-001 sign-kept  red 1"
    assert lines[1] == (
        "not proven abs-v1/FALSIFY-ABS-001: 1 of 2 different declared mutants killed"
    )
    assert lines[-1].startswith(
        "falsifiers 1 bound 1 replayed 1 from record 0 proven 0 not measured 0 | "
        "declared mutants 1 killed 1 | extreme 0 killed 0"
    )
    assert len(lines) == 3  # no progress in a pipe


def test_what_was_shown_is_kept(pv, tmp_path):
    assert pv()[0] == 0
    path = tmp_path / "evidence/abs-v1/FALSIFY-ABS-001@cpu.json"
    record = json.loads(path.read_text("utf-8"))
    assert record["verdict"] == "passed"
    assert [(m["mutant"], m["verdict"]) for m in record["mutants"]] == [("sign-kept", "KILLED")]
    assert record["environment"]["python"]


def test_survivor_is_placed_where_it_is_cited(pv):
    code, text = pv("abs-v1", edit="abs(x)")
    assert code == 1
    assert "PV-PROVE-002 SURVIVED-UNASSERTED: FALSIFY-ABS-001 sign-kept" in text
    assert "contracts/abs-v1.yaml:" in text


def test_prove_as_json(pv):
    code, text = pv("--format", "json", edit="abs(x)")
    data = json.loads(text)
    assert (code, data["version"], data["exit_code"]) == (1, 1, 1)
    assert data["judgements"][0]["verdict"] == "SURVIVED-UNASSERTED"
    assert data["findings"][0]["code"] == "PV-PROVE-002"


def test_usage(pv):
    assert pv("abs-v2")[0] == 2
    assert pv("--all", "abs-v1")[0] == 2
    assert pv("--selftest", "abs-v1")[0] == 2
    assert pv("--changed")[0] == 2  # takes a value
    assert pv("--changed", "nowhere")[0] == 2


def test_rule_11_harness_proves_itself(monkeypatch):
    report = selftest(workers=1)
    assert report.exit_code is ExitCode.CLEAN, report.text
    assert report.text.splitlines()[-1] == "liars 7 judged right 7"
    wrong = (("honest", "honest", "sign-kept", Verdict.TIMEOUT, ""),)
    monkeypatch.setattr(liars, "_LIARS", wrong)
    report = selftest(workers=1)
    assert report.exit_code is ExitCode.INTERNAL
    assert "WRONG, it is TIMEOUT" in report.text
