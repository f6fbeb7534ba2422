"""Falsifiers of contracts/kd-vocabulary-v1.yaml: logits of different width, and what they share.

Shapes: C cases, N rows, V shared ids, W the student's width.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import numpy as np
import pytest

from aprender.losses.vocabulary import VocabularyAlignment, align_vocabularies
from falsifiers.kd_batches import compiled, random_batches
from falsifiers.oracles import kd as oracle
from falsifiers.oracles.kd import IGNORED


def vocabulary(size):
    """A token -> id table, its ids in no order, as tokenizers give it."""
    return {f"token {i}": i for i in reversed(range(size))}


def aligned_batches(params, teacher_width, student_width):
    """Random batches in float64 of the two widths, their labels among the shared ids."""
    for batches in random_batches(params, np.float64):
        labels_CN = batches.labels
        yield replace(
            batches,
            teacher=batches.teacher[..., :teacher_width],
            student=batches.student[..., :student_width],
            labels=np.where(labels_CN == IGNORED, IGNORED, labels_CN % params["shared"]),
        )


def with_alignment(implementation, alignment):
    """The implementation with its last argument given."""
    return lambda **arguments: implementation(**arguments, alignment=alignment)


def check_against_oracle(evaluate, batches, params):
    """Value and gradient of the shared ids, and nothing from or to the ids beyond."""
    shared = params["shared"]
    losses_C, gradients_CNW = evaluate(batches)
    cut = replace(
        batches, teacher=batches.teacher[..., :shared], student=batches.student[..., :shared]
    )
    truths_C = [oracle.loss(*case) for case in cut]
    np.testing.assert_allclose(losses_C, truths_C, rtol=params["tol"], atol=params["tol"])
    truths_CNV = [oracle.gradient(*case) for case in cut]
    np.testing.assert_allclose(gradients_CNW[..., :shared], truths_CNV, rtol=0, atol=params["tol"])
    assert gradients_CNW.shape == batches.student.shape
    np.testing.assert_array_equal(gradients_CNW[..., shared:], 0)

    teacher, student = batches.teacher.copy(), batches.student.copy()
    teacher[..., shared:] += params["beyond"]
    student[..., shared:] -= params["beyond"]
    others_C, other_gradients_CNW = evaluate(replace(batches, teacher=teacher, student=student))
    np.testing.assert_array_equal(others_C, losses_C)
    np.testing.assert_array_equal(other_gradients_CNW, gradients_CNW)


def falsify_kd_f08_padded_ids_carry_no_mass(implementation, falsifier):
    params = falsifier.params
    shared, at = params["shared"], params["foreign_at"]
    tokens = vocabulary(shared)
    for teacher_width, student_width in params["widths"]:
        align = partial(
            align_vocabularies, teacher_width=teacher_width, student_width=student_width
        )
        alignment = align(tokens, tokens)
        assert alignment.shared == shared
        evaluate = compiled(with_alignment(implementation, alignment))
        for batches in aligned_batches(params, teacher_width, student_width):
            check_against_oracle(evaluate, batches, params)

            narrower = replace(batches, student=batches.student[..., 1:])
            with pytest.raises(ValueError, match=r"student_logits have shape .*, not \d+ on"):
                evaluate(narrower)

        other = {token: i for token, i in tokens.items() if i != at} | {"another": at}
        with pytest.raises(ValueError, match=f"foreign .* id {at} is 'another' .* 'token {at}'"):
            align(other, tokens)
        with pytest.raises(ValueError, match=f"teacher id {at} is used twice"):
            align(tokens | {"another": at}, tokens)
        with pytest.raises(ValueError, match=f"student has no token of id {at}"):
            align(tokens, {token: i for token, i in tokens.items() if i != at})


def falsify_def_18_a_wider_teacher_is_cut_before_its_softmax(implementation, falsifier):
    params = falsifier.params
    student_NV = np.array([params["student"]], np.float64)
    teacher_NV = np.array([params["teacher"]], np.float64)
    width, shared = teacher_NV.shape[-1], student_NV.shape[-1]
    alignment = align_vocabularies(
        vocabulary(width), vocabulary(shared), teacher_width=width, student_width=shared
    )
    with jax.enable_x64(True):
        value = implementation(
            student_logits=student_NV,
            teacher_logits=teacher_NV,
            labels=np.array([params["label"]]),
            temperature=params["temperature"],
            kd_weight=1.0,
            ce_weight=0.0,
            alignment=alignment,
        )
        dropped_N = alignment.dropped_mass(teacher_NV, params["temperature"])
    np.testing.assert_allclose(value, params["divergence"], rtol=0, atol=params["tol"])
    assert abs(value - params["divergence_if_not_renormalised"]) > params["apart"]
    np.testing.assert_allclose(dropped_N, [params["dropped_mass"]], rtol=0, atol=params["tol"])

    with pytest.raises(ValueError, match=f"teacher is smaller: {shared} tokens"):
        align_vocabularies(
            vocabulary(shared), vocabulary(width), teacher_width=width, student_width=width
        )
    assert alignment == VocabularyAlignment(shared, width, shared)
    with pytest.raises(ValueError, match=rf"labels\[0\] = {shared} is outside"):
        alignment.cut(student_NV, teacher_NV, np.array([shared]))
