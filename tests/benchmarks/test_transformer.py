"""The benchmark runs: at a size that says nothing of speed, and everything of a broken script."""

from __future__ import annotations

import math
from types import ModuleType

import pytest

from aprender.config.shapes import named_shape


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    import transformer

    monkeypatch.setattr(transformer, "TIMES", 1)
    monkeypatch.setattr(transformer.importlib.util, "find_spec", lambda name: None)
    return transformer


def test_every_row_is_measured(benchmark: ModuleType) -> None:
    rows = list(benchmark.measure(named_shape("tiny"), lengths=[8], text=4))
    assert len(rows) == 5
    for row in rows:
        assert math.isfinite(row.ratio)
        assert row.ratio > 0
