"""Alignment of vocabularies: what is refused, dtypes, traces, padding in three axes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from aprender.losses.kd import kd_loss
from aprender.losses.vocabulary import VocabularyAlignment, align_vocabularies, aligned_kd_loss

T, KD, CE = 2.0, 0.7, 0.3
ALIGNMENT = VocabularyAlignment(shared=4, teacher_width=6, student_width=5)
TOKENS = {"<s>": 0, "a": 1, "b": 2, "c": 3}


def logits(dtype=np.float32):
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 5)).astype(dtype), rng.normal(size=(3, 6)).astype(dtype)


LABELS = np.array([3, -100, 0])


def align(teacher=TOKENS, student=TOKENS, teacher_width=8, student_width=8):
    return align_vocabularies(
        teacher, student, teacher_width=teacher_width, student_width=student_width
    )


def test_tokens_of_two_tokenizers_are_compared():
    tokenizer = Tokenizer(WordLevel(TOKENS, unk_token="<s>"))
    larger = Tokenizer(WordLevel(TOKENS, unk_token="<s>"))
    larger.add_special_tokens(["<|end|>"])
    alignment = align(larger.get_vocab(), tokenizer.get_vocab())
    assert alignment == VocabularyAlignment(4, 8, 8)
    with pytest.raises(ValueError, match="teacher is smaller: 4 tokens, the student has 5"):
        align(tokenizer.get_vocab(), larger.get_vocab())


def test_a_teacher_may_have_gaps_where_nothing_is_shared():
    assert align(TOKENS | {"far": 7}).shared == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"teacher": TOKENS | {"B": 2}}, "teacher id 2 is used twice, for 'b' and 'B'"),
        ({"student": TOKENS | {"B": 2}}, "student id 2 is used twice, for 'b' and 'B'"),
        ({"student": {"<s>": 0, "b": 2}}, "student has no token of id 1, but 2 tokens"),
        ({"teacher": TOKENS | {"c": 4}}, "teacher has no token of id 3, the student has 'c'"),
        ({"teacher": {"<s>": 0, "a": 2, "b": 1, "c": 3}}, "id 1 is 'b' of the teacher, 'a' of"),
        ({"teacher": {"<s>": 0}}, "teacher is smaller: 1 tokens, the student has 4"),
        ({"teacher_width": 3}, "teacher token 'c' has id 3, outside its 3 logits"),
        ({"student_width": 3}, "student token 'c' has id 3, outside its 3 logits"),
        ({"student": {"a": -1}}, "student token 'a' has id -1, outside"),
        ({"student": {}}, "share 0 tokens"),
    ],
)
def test_tables_that_do_not_align_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"{message}.*FALSIFY-KD-F08"):
        align(**arguments)


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ((4, 3, 5), "teacher logits of width 3 hold no 4 tokens"),
        ((4, 5, 3), "student logits of width 3 hold no 4 tokens"),
        ((0, 5, 5), "share 0 tokens"),
    ],
)
def test_an_alignment_wider_than_its_logits_is_refused(widths, message):
    with pytest.raises(ValueError, match=message):
        VocabularyAlignment(*widths)


def test_cut_refuses_other_widths_batches_and_labels():
    student, teacher = logits()
    with pytest.raises(ValueError, match=r"student_logits have shape \(3, 6\), not 5 on the last"):
        ALIGNMENT.cut(teacher, teacher, LABELS)
    with pytest.raises(ValueError, match=r"teacher_logits have shape \(3, 5\), not 6 on the last"):
        ALIGNMENT.cut(student, student, LABELS)
    with pytest.raises(ValueError, match=r"student_logits have shape \(\), not 5"):
        ALIGNMENT.cut(np.float32(0), teacher, LABELS)
    with pytest.raises(ValueError, match=r"teacher_logits have shape \(2, 4\), not \(3, 4\)"):
        ALIGNMENT.cut(student, teacher[1:], LABELS)
    with pytest.raises(ValueError, match=r"labels have shape \(2,\)"):
        ALIGNMENT.cut(student, teacher, LABELS[1:])
    with pytest.raises(ValueError, match=r"labels\[2\] = 4 is outside the vocabulary \[0, 4\)"):
        ALIGNMENT.cut(student, teacher, np.array([3, -100, 4]))


def test_leading_axes_are_kept():
    student, teacher = (x[None] for x in logits())
    cut = ALIGNMENT.cut(student, teacher, LABELS[None])
    assert [x.shape for x in cut] == [(1, 3, 4), (1, 3, 4)]
    assert ALIGNMENT.dropped_mass(teacher, T).shape == (1, 3)


def test_the_loss_is_that_of_the_cut_logits_also_under_jit():
    student, teacher = logits()

    @jax.jit
    def traced(student, teacher, labels):
        return aligned_kd_loss(student, teacher, labels, T, KD, CE, ALIGNMENT)

    truth = kd_loss(student[:, :4], teacher[:, :4], LABELS, T, KD, CE)
    np.testing.assert_allclose(traced(student, teacher, LABELS), truth, rtol=1e-6)
    assert np.isnan(traced(student, teacher, np.array([3, -100, 4])))


@given(st.integers(1, 5), st.integers(0, 3), st.floats(0.25, 8))
@settings(deadline=None, max_examples=25)
def test_dropped_and_kept_mass_are_one(shared, beyond, temperature):
    width = shared + beyond
    teacher = np.random.default_rng(width).normal(0, 3, (2, width))
    weights = np.exp(teacher / temperature)
    alignment = VocabularyAlignment(shared, width, shared)
    np.testing.assert_allclose(
        alignment.dropped_mass(teacher.astype(np.float32), temperature),
        weights[:, shared:].sum(axis=-1) / weights.sum(axis=-1),
        rtol=1e-5,
    )


def test_dropped_mass_is_float32_for_half_precision_and_refuses_what_is_no_logit():
    _, teacher = logits()
    assert ALIGNMENT.dropped_mass(jnp.asarray(teacher, jnp.bfloat16), T).dtype == jnp.float32
    with pytest.raises(ValueError, match="teacher_logits have shape"):
        ALIGNMENT.dropped_mass(teacher[:, 1:], T)
    with pytest.raises(ValueError, match="temperature = 0"):
        ALIGNMENT.dropped_mass(teacher, 0.0)
    teacher[1, 5] = np.nan
    with pytest.raises(ValueError, match=r"teacher_logits\[1, 5\] = nan"):
        ALIGNMENT.dropped_mass(teacher, T)
