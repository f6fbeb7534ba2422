"""The golden logits are what transformers gives, where it is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from falsifiers import tiny_models

GOLDENS = Path(__file__).parents[3] / "falsifiers" / "goldens" / "transformers.npz"


@pytest.mark.oracle
@pytest.mark.parametrize("name", sorted(tiny_models.CONFIGS))
def test_transformers_says_the_same(name: str) -> None:
    pytest.importorskip("transformers", reason="oracle: needs torch and transformers")
    from falsifiers.goldens.make_transformers import logits

    stored = np.load(GOLDENS)[name]
    np.testing.assert_allclose(logits(tiny_models.CONFIGS[name]), stored, rtol=1e-9, atol=1e-9)
