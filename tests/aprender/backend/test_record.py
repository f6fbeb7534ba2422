"""Which tokens both sides are given, and when a decoder begins anew."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from aprender.backend.record import Side, check_parity

VOCABULARY = 7
PROMPTS = [[1, 2], [3, 4], [5, 6], [6, 5]]


def counting(shift, given):
    """A side whose arg-max is the last token plus `shift`; notes what each text was given."""

    def start(device):
        text = []
        given.append(text)

        def decoder(tokens_T):
            assert tokens_T.devices() == {device}
            text.append(np.asarray(tokens_T).tolist())
            return jax.nn.one_hot((tokens_T + shift) % VOCABULARY, VOCABULARY) * 3.0

        return decoder

    return Side(start, jax.devices("cpu")[0])


def test_both_sides_are_given_the_tokens_of_the_reference():
    ours, theirs = [], []
    report = check_parity(counting(1, ours), counting(2, theirs), PROMPTS)
    assert not report.is_accepted
    assert report.measured.flipped == report.positions == 4 * 64
    assert ours == theirs
    for text, prompt in zip(ours, PROMPTS, strict=True):
        first, *rest = text
        assert first == prompt
        assert rest == [[(prompt[-1] + n) % VOCABULARY] for n in range(1, 64)]


def test_all_outputs_are_located():
    report = check_parity(counting(1, []), counting(1, []), PROMPTS, positions=70)
    assert report.is_accepted
    assert report.devices == ("cpu",)
    assert report.positions == 4 * 70


def test_logits_of_a_prompt_count_at_its_end_alone():
    def start(_device):
        def decoder(tokens_T):
            logits_TV = jax.nn.one_hot(tokens_T, VOCABULARY)
            # NaN wherever nobody looks.
            return logits_TV.at[:-1].set(jnp.nan)

        return decoder

    side = Side(start, jax.devices("cpu")[0])
    assert check_parity(side, side, PROMPTS).is_accepted
