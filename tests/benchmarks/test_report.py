"""Rows of a benchmark: their verdicts, and the exit code that follows."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest


@pytest.fixture
def report() -> ModuleType:
    import report

    return report


@pytest.mark.parametrize(
    ("ratio", "bar", "verdict", "code"),
    [(0.9, 1.0, "pass", 0), (1.0, 1.0, "pass", 0), (1.1, 1.0, "over", 1), (9.0, None, "-", 0)],
)
def test_a_bar_decides(
    report: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ratio: float,
    bar: float | None,
    verdict: str,
    code: int,
) -> None:
    row = report.Row("time", "another", ratio, bar, "how")
    monkeypatch.setattr(sys, "argv", ["benchmark", "--json"])
    assert report.run(None, lambda: [row]) == code
    (printed,) = json.loads(capsys.readouterr().out)
    assert printed["verdict"] == verdict
    assert verdict in report.table([row])


def test_nothing_measured_is_no_result(report: ModuleType) -> None:
    with pytest.raises(SystemExit, match="not measured: it broke"):
        report.need(False, "it broke", "seen")
