"""``pv run`` and ``pv status`` from the command line."""

from __future__ import annotations

import json

import pytest

from pv.cli.main import main
from tests.pv.run.conftest import contract, falsifier
from tests.pv.run.test_runner import PASSES, two


@pytest.fixture
def pv(project, monkeypatch, capfd):
    def call(files: dict[str, str], *arguments: str) -> tuple[int, str]:
        monkeypatch.chdir(project(files))
        code = main(list(arguments))
        return code, "".join(capfd.readouterr())

    return call


def test_run_then_status(pv):
    code, text = pv(PASSES, "run", "contracts/zoo-v1.yaml")
    assert code == 0
    assert text.splitlines()[0].startswith("passed         FALSIFY-ZOO-001 [plain]  cases 1")
    assert text.splitlines()[-1] == (
        "contracts 1/1 | falsifiers declared 1 unbound 0 bound 1 executed 1 passed 1 failed 0 "
        "error 0 xfail 0 xpass 0 not-run 0 skipped 0 not measured 0 proven 0 | "
        "cells 1 passed 1 (cpu)"
    )
    code, text = pv({}, "status")
    assert (code, text.split()[0]) == (0, "PARTIAL_ALGORITHM_LEVEL")
    code, text = pv({"absval.py": "def absval(x):\n    return abs(x)\n"}, "status")
    assert "stale(impl: absval.py)" in text
    assert (code, text.split()[0]) == (0, "PROPOSED")


def test_run_shows_why(pv):
    code, text = pv(two("assert absval(1) == 2"), "run")
    assert code == 1
    assert "falsifiers/test_zoo.py:10:1 PV-RUN-001 failed: FALSIFY-ZOO-002: assert 1 == 2" in text
    assert "where 1 = absval(1)" in text


def test_run_as_json(pv):
    code, text = pv(two("assert absval(1) == 2"), "run", "--format", "json")
    data = json.loads(text)
    assert (code, data["version"], data["exit_code"]) == (1, 1, 1)
    assert [f["verdict"] for f in data["falsifiers"]] == ["passed", "failed"]
    assert data["findings"][0]["code"] == "PV-RUN-001"
    assert data["denominators"]["failed"] == 1


def test_usage_and_nothing_judged(pv):
    code, text = pv(PASSES, "run", "zoo-v2")
    assert (code, "did you mean zoo-v1?" in text) == (2, True)
    code, text = pv({"contracts/zoo-v1.yaml": contract(falsifier(1, None))}, "run")
    assert (code, "nothing judged" in text) == (3, True)


def test_status_as_json(pv):
    code, text = pv(PASSES, "status", "--format", "json")
    data = json.loads(text)
    assert (code, data["version"]) == (0, 1)
    assert data["contracts"][0]["status"] == "PROPOSED"


def test_claim_without_evidence_is_declined(pv):
    claims = contract(
        falsifier(1, "good", covers=["absval", "both", "mixed", "gone"]), status="PARTIAL"
    )
    assert pv({**PASSES, "contracts/zoo-v1.yaml": claims}, "status")[0] == 1  # an unknown word
    code, _ = pv({"contracts/zoo-v1.yaml": claims.replace("PARTIAL", "SHIPPED")}, "status")
    assert code == 3
