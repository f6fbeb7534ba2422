"""Drawing tokens: what each limit keeps, the seed, and what is refused."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from aprender.config.hugging_face import from_hugging_face
from aprender.nn.generate import generate
from aprender.nn.sampling import GREEDY, Sampling
from aprender.nn.transformer import Transformer
from falsifiers import tiny_models

LOGITS = np.log(np.array([[0.1, 0.5, 0.15, 0.25], [0.4, 0.3, 0.2, 0.1]], np.float32))
MODEL = Transformer.from_seed(from_hugging_face(tiny_models.CONFIGS["llama"]), 0)
PROMPT = tiny_models.tokens()[:, :4]


def drawable(sampling: Sampling) -> list[list[int]]:
    limited = np.asarray(sampling.limited(LOGITS))
    return [np.flatnonzero(np.isfinite(row)).tolist() for row in limited]


@pytest.mark.parametrize(
    ("sampling", "kept"),
    [
        (Sampling(1.0), [[0, 1, 2, 3], [0, 1, 2, 3]]),
        (Sampling(1.0, top_k=2), [[1, 3], [0, 1]]),
        (Sampling(1.0, top_k=9), [[0, 1, 2, 3], [0, 1, 2, 3]]),
        (Sampling(1.0, top_p=0.6), [[1, 3], [0, 1]]),
        (Sampling(1.0, top_p=0.01), [[1], [0]]),
        (Sampling(1.0, top_p=1.0), [[0, 1, 2, 3], [0, 1, 2, 3]]),
        (Sampling(1.0, top_k=3, top_p=0.7), [[1, 3], [0, 1]]),
    ],
)
def test_limits_keep_the_likeliest(sampling: Sampling, kept: list[list[int]]) -> None:
    assert drawable(sampling) == kept


def test_a_low_temperature_is_nearly_greedy() -> None:
    key = jax.random.key(0)
    greedy = GREEDY.next_token(LOGITS, key)
    np.testing.assert_array_equal(greedy, [1, 0])
    np.testing.assert_array_equal(Sampling(0.01).next_token(LOGITS, key), greedy)


def test_frequencies_are_the_probabilities() -> None:
    keys = jax.random.split(jax.random.key(1), 4000)
    drawn = jax.vmap(lambda key: Sampling(1.0).next_token(LOGITS, key))(keys)
    frequencies = (np.asarray(drawn)[..., None] == np.arange(4)).mean(axis=0)
    np.testing.assert_allclose(frequencies, np.exp(LOGITS), atol=0.04)


@pytest.mark.parametrize(
    ("match", "fault"),
    [
        ("temperature = -1.0", {"temperature": -1.0}),
        ("temperature = nan", {"temperature": float("nan")}),
        ("top_k = 0", {"temperature": 1.0, "top_k": 0}),
        ("top_p = 0.0", {"temperature": 1.0, "top_p": 0.0}),
        ("top_p = 1.5", {"temperature": 1.0, "top_p": 1.5}),
        ("no effect at temperature 0", {"top_k": 3}),
    ],
)
def test_limits_without_a_meaning_are_refused(match: str, fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=match):
        Sampling(**fault)


def test_the_seed_decides() -> None:
    hot = Sampling(5.0, top_k=30)
    one = generate(MODEL, PROMPT, 12, hot, seed=1)
    np.testing.assert_array_equal(generate(MODEL, PROMPT, 12, hot, seed=1), one)
    assert (np.asarray(generate(MODEL, PROMPT, 12, hot, seed=2)) != np.asarray(one)).any()
    assert one.shape == (2, 12)


def test_prompts_that_cannot_be_continued_are_refused() -> None:
    with pytest.raises(ValueError, match="new_tokens = 0 is below 1"):
        generate(MODEL, PROMPT, 0)
    kept = np.array([[True] * 4, [True] * 3 + [False]])
    with pytest.raises(ValueError, match="a prompt ends in padding"):
        generate(MODEL, PROMPT, 2, kept_BT=kept)
    with pytest.raises(ValueError, match=r"room = 204 positions is outside \[1, 128\]"):
        generate(MODEL, PROMPT, 200)
    with pytest.raises(ValueError, match=r"tokens\[0, 0\] = 99 is outside"):
        generate(MODEL, np.full((1, 3), 99), 2)
