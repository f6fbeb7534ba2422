"""The tokenizer's fit: what is accepted, as a table of all that is said about it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aprender.checkpoint.vocabulary import preflight_tokenizer_vocab_matches_target
from aprender.config.shapes import tiny
from aprender.tokenize.fingerprint import Vocabulary


@given(
    entries=st.integers(1, 12),
    gap=st.integers(0, 4),
    rows=st.integers(1, 12),
    has_init=st.booleans(),
    stamped=st.sampled_from([None, "own", "other"]),
    accepts=st.booleans(),
)
def test_only_what_fits_is_accepted(entries, gap, rows, has_init, stamped, accepts):
    tokenizer = Vocabulary(entries, entries - 1 + gap, "own")
    is_inside = tokenizer.largest_id < rows
    if has_init:
        fits = is_inside and (accepts or stamped == "own")
    else:
        fits = is_inside and entries == rows and stamped is None and not accepts
    refusal = nullcontext() if fits else pytest.raises(ValueError, match="APR-PRETRAIN-ARCH-")
    with refusal:
        preflight_tokenizer_vocab_matches_target(
            tokenizer,
            replace(tiny(), vocab_size=rows),
            has_init=has_init,
            stamped=stamped,
            accepts_other_tokenizer=accepts,
        )


@pytest.mark.parametrize(
    ("tokenizer", "rest", "words"),
    [
        (Vocabulary(999, 998, "a"), {"has_init": False}, "STRICT.*999.*1000.*ARCH-006"),
        (Vocabulary(1000, 1000, "a"), {"has_init": False}, "STRICT.*1000 is OOB.*1000.*ARCH-010"),
        (Vocabulary(9, 1000, "a"), {"has_init": True}, "RELAXED.*1000 is OOB.*1000.*ARCH-010"),
        (
            Vocabulary(9, 8, "a"),
            {"has_init": True, "stamped": "b"},
            "RELAXED.* 9 entries, for 1000 rows, .* a, .* stamped with b:.*ARCH-009",
        ),
        (Vocabulary(9, 8, "a"), {"has_init": True}, "stamped with none:.*ARCH-009"),
    ],
)
def test_a_refusal_has_its_mode_both_numbers_and_the_falsifier(tokenizer, rest, words):
    with pytest.raises(ValueError, match=words):
        preflight_tokenizer_vocab_matches_target(tokenizer, tiny(), **rest)
