"""The gate spreads a run over processes where there are tests enough."""

from __future__ import annotations

import pytest

from pv.gate import run as gate_run
from pv.run.runner import Options
from pv.workspace import open_workspace


@pytest.mark.parametrize(
    ("tests", "workers", "has_xdist", "spread"),
    [
        (2, 8, True, 0),
        (7, 8, True, 0),
        (8, 8, True, 2),
        (40, 8, True, 8),
        (40, 2, True, 2),
        (40, 1, True, 0),
        (40, 0, True, 4),
        (40, 8, False, 0),
    ],
)
def test_spread(repository, monkeypatch, tests, workers, has_xdist, spread):
    asked: list[tuple[object, ...]] = []
    index = object()
    plan = type("Plan", (), {"functions": lambda _self: dict.fromkeys(range(tests))})()
    monkeypatch.setattr(gate_run, "load_plan", lambda _workspace: (plan, index))
    monkeypatch.setattr(gate_run, "find_spec", lambda _name: object() if has_xdist else None)
    monkeypatch.setattr(gate_run.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(gate_run, "run_plan", lambda *given: asked.append(given))
    gate_run.run(open_workspace(repository.root), workers=workers, require_live=True)
    assert asked == [(plan, index, Options(workers=spread, require_live=True))]
