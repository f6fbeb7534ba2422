"""Labels of completions: every refusal, dtypes, and padding on either side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aprender.hf_pipeline.labels import completion_labels

IDS = [[7, 8, 9], [7, 0, 0]]
MASK = [[1, 1, 1], [1, 1, 0]]
PROMPTS = [1, 2]


def test_lists_bools_and_small_integers_are_taken():
    labels = completion_labels(IDS, MASK, PROMPTS)
    assert labels.dtype == np.int32
    assert labels.tolist() == [[-100, 8, 9], [-100, -100, -100]]
    small = completion_labels(np.array(IDS, np.uint8), np.array(MASK, bool), np.array(PROMPTS))
    np.testing.assert_array_equal(small, labels)


def test_a_mask_may_have_holes():
    labels = completion_labels([[1, 2, 3, 4, 5]], [[0, 1, 0, 1, 1]], [2])
    assert labels.tolist() == [[-100, -100, -100, -100, 5]]


@given(st.integers(0, 4), st.integers(0, 4), st.integers(1, 5), st.data())
def test_padding_moves_the_labels_and_changes_none(left, right, real, data):
    prompt = data.draw(st.integers(0, real))
    row = data.draw(st.lists(st.integers(0, 3), min_size=real, max_size=real))
    alone = completion_labels([row], [[1] * real], [prompt])[0].tolist()
    padded = completion_labels(
        [[0] * left + row + [0] * right], [[0] * left + [1] * real + [0] * right], [prompt]
    )
    assert padded[0].tolist() == [-100] * left + alone + [-100] * right
    assert alone == [-100] * prompt + row[prompt:]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((IDS[0], MASK[0], 1), r"input_ids have shape \(3,\), not \[B, T\]"),
        ((np.zeros((2, 0), int), np.zeros((2, 0), int), PROMPTS), r"input_ids have shape \(2, 0\)"),
        ((IDS, MASK[:1], PROMPTS), r"attention_mask has shape \(1, 3\), not \(2, 3\)"),
        ((IDS, MASK, PROMPTS[:1]), r"prompt_lengths have shape \(1,\), not \(2,\)"),
        ((IDS, MASK, [PROMPTS]), r"prompt_lengths have shape \(1, 2\), not \(2,\)"),
        (([[7, 8, -1], IDS[1]], MASK, PROMPTS), r"input_ids\[0, 2\] = -1 is no token id"),
        (([[7, 8, 2**31], IDS[1]], MASK, PROMPTS), r"input_ids\[0, 2\] = 2147483648 is no token"),
        ((IDS, [[1, 1, 2], MASK[1]], PROMPTS), r"attention_mask\[0, 2\] = 2 is not 0 or 1"),
        ((IDS, MASK, [-1, 2]), r"prompt_lengths\[0\] = -1 is not between 0 and the real"),
        ((IDS, MASK, [1, 3]), r"prompt_lengths\[1\] = 3 is not between 0 and the real"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"{message}.*FALSIFY-KD-F07"):
        completion_labels(*arguments)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((np.array(IDS, np.float32), MASK, PROMPTS), "input_ids"),
        ((IDS, np.array(MASK, np.float32), PROMPTS), "attention_mask"),
        ((IDS, MASK, [1.0, 2.0]), "prompt_lengths"),
    ],
)
def test_what_is_no_integer_is_a_type_error(arguments, name):
    with pytest.raises(TypeError, match=f"{name} have dtype float"):
        completion_labels(*arguments)
