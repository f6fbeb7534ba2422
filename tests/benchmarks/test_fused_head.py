"""The benchmark runs: at a size that says nothing of speed, and everything of a broken script."""

from __future__ import annotations

import math
from types import ModuleType

import pytest


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    import fused_head

    monkeypatch.setattr(fused_head, "TIMES", 1)
    monkeypatch.setattr(fused_head.importlib.util, "find_spec", lambda name: None)
    return fused_head


def test_every_row_is_measured(benchmark: ModuleType) -> None:
    small, larger = benchmark.Shape(9, 8, 80, 300), benchmark.Shape(30, 8, 80, 300)
    rows = list(benchmark.measure([small], [larger]))
    assert len(rows) == 5
    for row in rows:
        assert math.isfinite(row.ratio)
        assert row.ratio > 0


def test_losses_that_differ_are_not_compared(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = benchmark.Shape(9, 8, 12, 301)
    monkeypatch.setattr(benchmark, "optax_loss", lambda h, *rest: (h**2).sum() + rest[0].sum())
    with pytest.raises(SystemExit, match="the losses differ"):
        list(benchmark.against_optax(small))
