"""The benchmark runs: at a size that says nothing of speed, and everything of a broken script."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from operator import getitem
from pathlib import Path
from types import ModuleType

import pytest

from aprender.checkpoint.save import save_hugging_face
from aprender.config.shapes import tiny
from aprender.nn.initial import initial_parameters

CONFIG = replace(tiny(), vocab_size=100)


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    import checkpoint

    monkeypatch.setattr(checkpoint, "TIMES", 1)
    return checkpoint


def test_every_row_is_measured(benchmark: ModuleType) -> None:
    time, memory = benchmark.measure(CONFIG)
    assert time.ratio > 0
    assert math.isfinite(time.ratio)
    assert math.isfinite(memory.ratio)


def test_both_ways_load_the_same(benchmark: ModuleType, tmp_path: Path) -> None:
    save_hugging_face(tmp_path / "tiny", initial_parameters(CONFIG, 0), CONFIG)
    ours, plain = (way(tmp_path / "tiny") for way in benchmark.WAYS.values())
    for path, array in plain.items():
        mine = reduce(getitem, path, ours)
        assert (array.reshape(mine.shape) == mine).all(), path


def test_a_way_that_fails_is_not_measured(benchmark: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not measured: populate failed"):
        benchmark.child("populate", tmp_path)
