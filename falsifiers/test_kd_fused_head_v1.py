"""Falsifiers of contracts/kd-fused-head-v1.yaml: a loss of hidden states, in chunks and tiles.

Shapes: N rows, D and E the widths of student and teacher, V vocabulary, K listed tokens.
"""

from __future__ import annotations

import re
from itertools import product
from math import prod

import jax
import ml_dtypes
import numpy as np
import pytest

from aprender.losses.fused import LinearHead, Tiling, top_k_of
from falsifiers.oracles import head as oracle
from falsifiers.oracles import kd
from falsifiers.oracles.kd import IGNORED


def draw(params, rows, vocabulary, dtype=np.float64, std=1.0):
    """Heads whose logits have this standard deviation, and labels of which some are ignored."""
    rng = np.random.default_rng(params["seed"])
    width = params["width"]
    student, teacher = (
        LinearHead(
            rng.normal(size=(rows, width)).astype(dtype),
            (std * rng.normal(size=(vocabulary, width)) / np.sqrt(width)).astype(dtype),
        )
        for _ in range(2)
    )
    labels_N = rng.integers(0, vocabulary, rows)
    labels_N[1::2] = IGNORED
    return student, teacher, labels_N


def loss_of(implementation, params, *, vocabulary=None, chunk=None, tile=None):
    """The loss as a function of what is differentiated or traced."""

    def loss(student, teacher, labels_N, **changed):
        arguments = {
            "student": student,
            "teacher": teacher,
            "labels": labels_N,
            "temperature": params["temperature"],
            "kd_weight": params["kd_weight"],
            "ce_weight": 1 - params["kd_weight"],
            "vocabulary": vocabulary,
            "tiling": Tiling(chunk, tile),
        }
        return implementation(**{**arguments, **changed})

    return loss


def evaluate(loss, student, teacher, labels_N):
    """Its value, and its gradient with respect to the student's arrays, in float64."""
    with jax.enable_x64(student.weight.dtype == np.float64):
        value, gradient = jax.jit(jax.value_and_grad(loss))(student, teacher, labels_N)
        return as_float64(value), jax.tree.map(as_float64, gradient)


def as_float64(array):
    """The array as the oracles hold it."""
    return np.asarray(array, np.float64)


def truth(params, student, teacher, labels_N):
    """The same from the formulas, in float64 from whatever the inputs were rounded to."""
    capped_NV = oracle.logits(student.hidden, student.weight, student.bias, student.softcap)
    teacher_NV = oracle.logits(teacher.hidden, teacher.weight, teacher.bias, teacher.softcap)
    case = (capped_NV, teacher_NV, labels_N, params["temperature"])
    weights = (params["kd_weight"], 1 - params["kd_weight"])
    slope_NV = kd.gradient(*case, *weights)
    gradients = oracle.gradients(
        slope_NV, student.hidden, student.weight, student.softcap, capped_NV
    )
    return kd.loss(*case, *weights), gradients


def assert_close(answer, expected, rel_tol, rel_tol_gradient=None):
    """The loss, and each gradient relative to its length, within a bound of its own if given."""
    bound = rel_tol if rel_tol_gradient is None else rel_tol_gradient
    value, gradient = answer
    true_value, true_gradient = expected
    np.testing.assert_allclose(value, true_value, rtol=rel_tol)
    for name in ("hidden", "weight", "bias"):
        array, true_array = getattr(gradient, name), getattr(true_gradient, name)
        if array is not None:
            distance = np.linalg.norm(array - true_array)
            assert distance <= bound * np.linalg.norm(true_array), name


def falsify_kd_f09_padding_never_enters_the_normaliser(implementation, falsifier):
    params = falsifier.params
    for (vocabulary, tiles), std in product(params["vocabularies"], params["stds"]):
        drawn = draw(params, params["rows"], vocabulary, np.float32, std)
        expected = truth(params, *drawn)
        for tile in tiles:
            answer = evaluate(loss_of(implementation, params, tile=tile), *drawn)
            assert_close(answer, expected, params["rel_tol"], params["rel_tol_gradient"])


def falsify_kd_f14_logits_of_bfloat16_inputs_are_float32(implementation, falsifier):
    params = falsifier.params
    for std in params["stds"]:
        drawn = draw(params, params["rows"], params["vocabulary"], ml_dtypes.bfloat16, std)
        answer = evaluate(loss_of(implementation, params, chunk=params["chunk"]), *drawn)
        expected = truth(params, *drawn)
        assert_close(answer, expected, params["rel_tol"], params["rel_tol_gradient"])


def falsify_kd_f15_sums_are_float32(implementation, falsifier):
    params = falsifier.params
    drawn = draw(params, params["rows"], params["vocabulary"], np.float32)
    expected = truth(params, *drawn)
    for chunk in params["chunks"]:
        answer = evaluate(loss_of(implementation, params, chunk=chunk), *drawn)
        assert_close(answer, expected, params["rel_tol"])

    # In bfloat16, 256 + 1 is 256, and 8193 is 8192.
    student, teacher, _ = draw(params, params["many"], params["few"], ml_dtypes.bfloat16)
    drawn = (student, teacher, np.zeros(params["many"], int))
    value, gradient = evaluate(loss_of(implementation, params, chunk=params["chunk"]), *drawn)
    true_value, true_gradient = truth(params, *drawn)
    np.testing.assert_allclose(value, true_value, rtol=params["rel_tol_many"])
    distance = np.linalg.norm(gradient.weight - true_gradient.weight)
    assert distance <= params["rel_tol_bfloat16"] * np.linalg.norm(true_gradient.weight)


def falsify_kd_f21_every_option_has_its_derivative(implementation, falsifier):
    params = falsifier.params
    loss = loss_of(implementation, params, chunk=params["chunk"], tile=params["tile"])
    student, teacher, labels_N = draw(params, params["rows"], params["vocabulary"])
    bias_V = np.linspace(*params["bias_ends"], params["vocabulary"])
    for options in product((None, bias_V), (None, params["softcap"])):
        heads = [LinearHead(head.hidden, head.weight, *options) for head in (student, teacher)]
        answer = evaluate(loss, *heads, labels_N)
        assert_close(answer, truth(params, *heads, labels_N), params["rel_tol"])

    def of_tied(embedding_VD):
        """An embedding that is the head as well."""
        return loss(
            LinearHead(embedding_VD[np.array(params["tokens"])], embedding_VD), teacher, labels_N
        )

    with jax.enable_x64(True):
        value_and_slope = jax.jit(jax.value_and_grad(of_tied))
        slope_VD = np.asarray(value_and_slope(student.weight)[1])
        for at in np.ndindex(slope_VD.shape):
            shift_VD = np.zeros(slope_VD.shape)
            shift_VD[at] = params["step"]
            above, below = (value_and_slope(student.weight + x)[0] for x in (shift_VD, -shift_VD))
            difference = float(above - below) / (2 * params["step"])
            assert abs(slope_VD[at] - difference) <= params["tol_differences"]


def falsify_kd_f23_chunks_need_not_divide_the_rows(implementation, falsifier):
    params = falsifier.params
    for rows, chunk in params["rows_and_chunks"]:
        drawn = draw(params, rows, params["vocabulary"])
        loss = loss_of(implementation, params, chunk=chunk, tile=params["tile"])
        answer = evaluate(loss, *drawn)
        assert_close(answer, truth(params, *drawn), params["rel_tol"])
        student, teacher, labels_N = drawn
        hidden_ND = np.where((labels_N == IGNORED)[:, None], np.nan, student.hidden)
        broken = evaluate(loss, LinearHead(hidden_ND, student.weight), teacher, labels_N)
        jax.tree.map(np.testing.assert_array_equal, broken, answer)


def falsify_kd_fused_teachers_may_be_logits_or_a_head(implementation, falsifier):
    params = falsifier.params
    vocabulary, cuts = params["vocabulary"], {"chunk": params["chunk"], "tile": params["tile"]}
    student, teacher, labels_N = draw(params, params["rows"], vocabulary)
    true_value, true_gradient = truth(params, student, teacher, labels_N)
    loss = loss_of(implementation, params, **cuts)
    for given in (oracle.logits(teacher.hidden, teacher.weight), teacher):
        answer = evaluate(loss, student, given, labels_N)
        assert_close(answer, (true_value, true_gradient), params["rel_tol"])

    padding_PD = np.full((params["padding"], params["width"]), params["padding_weight"])
    padded = [
        LinearHead(head.hidden, np.concatenate([head.weight, padding_PD]))
        for head in (student, teacher)
    ]
    cut_loss = loss_of(implementation, params, vocabulary=vocabulary, **cuts)
    value, gradient = evaluate(cut_loss, *padded, labels_N)
    np.testing.assert_array_equal(gradient.weight[vocabulary:], 0)
    cut_gradient = LinearHead(gradient.hidden, gradient.weight[:vocabulary])
    assert_close((value, cut_gradient), (true_value, true_gradient), params["rel_tol"])
    with jax.enable_x64(True):
        of_teacher = jax.jit(jax.grad(cut_loss, argnums=1))(*padded, labels_N)
    np.testing.assert_array_equal(of_teacher.hidden, 0)
    np.testing.assert_array_equal(of_teacher.weight, 0)


def falsify_kd_fused_topk_has_an_exact_tail(implementation, falsifier):
    params = falsifier.params
    vocabulary, rel_tol = params["vocabulary"], params["rel_tol"]
    student, teacher, labels_N = draw(params, params["rows"], vocabulary, std=params["std"])
    student_NV = oracle.logits(student.hidden, student.weight)
    teacher_NV = oracle.logits(teacher.hidden, teacher.weight)
    is_kept_N = labels_N != IGNORED

    def entries_of(k, temperature):
        with jax.enable_x64(True):
            return top_k_of(teacher_NV, k, temperature)

    def loss_at(temperature):
        changed = {**params, "temperature": temperature}
        return loss_of(implementation, changed, chunk=params["chunk"], tile=params["tile"])

    for t, k in product((params["cold"], params["temperature"]), params["ks"]):
        value, gradient = evaluate(loss_at(t), student, entries_of(k, t), labels_N)
        ids_NK = np.argsort(-teacher_NV, axis=-1)[:, :k]
        rows = list(zip(teacher_NV, student_NV, ids_NK, strict=True))
        true_value = t**2 * np.mean([oracle.bucket_kl(*row, t) for row in rows], where=is_kept_N)
        full = kd.soft_term(student_NV, teacher_NV, labels_N, t)
        assert value <= full * (1 + rel_tol)
        # One token in the tail is that token.
        assert (full - value <= rel_tol * full) == (k >= vocabulary - 1)
        slope_NV = t**2 * np.array([oracle.bucket_slope(*row, t) for row in rows])
        slope_NV = np.where(is_kept_N[:, None], slope_NV, 0) / is_kept_N.sum()
        true_gradient = oracle.gradients(slope_NV, student.hidden, student.weight, None, student_NV)
        assert_close((value, gradient), (true_value, true_gradient), rel_tol)

    cold = entries_of(params["ks"][0], params["cold"])
    value, _ = evaluate(loss_at(params["temperature"]), student, cold, labels_N)
    assert np.isnan(value)


def falsify_kd_fused_memory_holds_no_matrix_of_logits(implementation, falsifier):
    params = falsifier.params
    rows, vocabulary = params["rows"], params["vocabulary"]
    drawn = draw(params, rows, vocabulary, np.float32)
    loss = jax.jit(jax.value_and_grad(loss_of(implementation, params)))
    compiled = loss.lower(*drawn).compile()
    shapes = re.findall(r"\w+\[([\d,]+)\]", compiled.as_text())
    largest = max(prod(map(int, shape.split(","))) for shape in shapes)
    assert vocabulary * params["width"] <= largest < rows * vocabulary
    student, *_ = drawn
    temporary = compiled.memory_analysis().temp_size_in_bytes
    assert temporary <= params["heads"] * student.weight.nbytes
    # What was compiled is the loss, and not less.
    answer = jax.tree.map(as_float64, compiled(*drawn))
    assert_close(answer, truth(params, *drawn), params["rel_tol"])


def falsify_kd_fused_refusals_name_the_argument(implementation, falsifier):
    params = falsifier.params
    student, teacher, labels_N = draw(params, params["rows"], params["vocabulary"], np.float32)
    loss = loss_of(implementation, params)
    narrow = LinearHead(teacher.hidden, teacher.weight[1:])
    wide = LinearHead(teacher.hidden, np.concatenate([teacher.weight, teacher.weight]))
    for message, fault in (
        ("labels keep no position", {"labels_N": np.full_like(labels_N, IGNORED)}),
        ("labels have shape", {"labels_N": labels_N[1:]}),
        (r"labels\[0\] = ", {"labels_N": np.full_like(labels_N, params["vocabulary"])}),
        ("temperature = ", {"temperature": 0.0}),
        ("do not sum to 1", {"ce_weight": params["kd_weight"] / 2}),
        ("teacher's logits have shape", {"teacher": narrow}),
        ("teacher's logits have shape", {"teacher": wide}),
        ("student: hidden has shape", {"student": LinearHead(student.hidden, student.weight.T)}),
    ):
        with pytest.raises(ValueError, match=message):
            loss(**{"student": student, "teacher": teacher, "labels_N": labels_N, **fault})
    outside_N = np.where(np.arange(len(labels_N)) == 0, params["vocabulary"], labels_N)
    traced = jax.jit(loss)
    assert np.isnan(traced(student, teacher, outside_N))
    assert np.isfinite(traced(student, teacher, labels_N))
