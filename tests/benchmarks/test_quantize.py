"""The benchmark runs: at a size that says nothing of speed, and everything of a broken script."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    import quantize

    monkeypatch.setattr(quantize, "TIMES", 1)
    monkeypatch.setattr(quantize, "COLUMNS", 256)
    monkeypatch.setattr(quantize, "GPU_ROWS", 2)
    monkeypatch.setattr(quantize.importlib.util, "find_spec", lambda name: None)
    return quantize


def test_every_row_is_measured(benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "SEARCHED", benchmark.SEARCHED[-1:])
    rows = list(benchmark.measure(rows=2, searched_rows=2))
    assert len(rows) >= 2 * 5 + 2 * 6 + 2 + 1
    for row in rows:
        assert math.isfinite(row.ratio)
        assert row.ratio > 0


def test_blocks_that_differ_are_not_compared(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        benchmark.exact, "quantize", lambda x, kind: np.zeros((len(x), 272), np.uint8)
    )
    with pytest.raises(SystemExit, match="Q8_0: the bytes differ"):
        list(benchmark.quantise_beside_gguf(benchmark.GGMLType.Q8_0, benchmark.weights(2)))


def test_a_gpu_is_measured_as_any_device(benchmark: ModuleType) -> None:
    row = benchmark.on_a_gpu(benchmark.GGMLType.Q8_0)
    assert row.bar is None
    assert row.ratio > 0
