"""The scripts of benchmarks/ import one another as they do when they are run."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make them importable by their names."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
