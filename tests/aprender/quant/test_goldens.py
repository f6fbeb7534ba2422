"""The golden blocks and mixes are what ggml and llama.cpp give, where they are installed."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

GOLDENS = Path(__file__).parents[3] / "falsifiers" / "goldens"


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["ggml_blocks", "llama_mixes"])
def test_the_library_says_the_same(name: str, tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="oracle: needs llama-cpp-python")
    importlib.import_module(f"falsifiers.goldens.make_{name}").main(str(tmp_path / "made.npz"))
    made, stored = np.load(tmp_path / "made.npz"), np.load(GOLDENS / f"{name}.npz")
    assert set(made) == set(stored)
    for key in stored:
        np.testing.assert_array_equal(made[key], stored[key], err_msg=key)
