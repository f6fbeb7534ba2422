"""The benchmark runs: at a size that says nothing of speed, and everything of a broken script."""

from __future__ import annotations

import math

import pytest


def test_every_row_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    import gguf_files

    monkeypatch.setattr(gguf_files, "TIMES", 1)
    rows = list(gguf_files.measure(tensors=3, numbers=1000, tokens=500))
    assert len(rows) == 10
    assert all(row.bar is not None for row in rows)
    assert all(math.isfinite(row.ratio) and row.ratio >= 0 for row in rows)
    for row in rows:
        if "time" in row.what:
            assert row.ratio > 0
