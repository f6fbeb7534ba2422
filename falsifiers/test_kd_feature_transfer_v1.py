"""Falsifiers of contracts/kd-feature-transfer-v1.yaml: losses on hidden states and attention.

Shapes: L layers, B batch, N heads, T sequence, D width.
"""

from __future__ import annotations

from math import inf, nan

import jax
import numpy as np
import pytest

from falsifiers.oracles import feature as oracle


def pinned_array(values, dtype=np.float64):
    """What the parameters spell out, with a leading axis for the only text."""
    return np.array([values], dtype)


def hidden_states(params, rng, batch):
    """Student and teacher layers [B, T, D], and a projection for each pair whose widths differ."""
    width, length = params["student_width"], params["length"]
    depth = 1 + max(student for student, _ in params["pairs"])
    student = [rng.normal(size=(batch, length, width)) for _ in range(depth)]
    teacher = [rng.normal(size=(batch, length, other)) for other in params["teacher_widths"]]
    widths = [params["teacher_widths"][index] for _, index in params["pairs"]]
    projections = [None if other == width else rng.normal(size=(width, other)) for other in widths]
    return student, teacher, projections


def attentions(params, rng):
    """Student and teacher layers [B, N, T, T] of attention probabilities."""

    def softmaxed(heads):
        shape = (params["batch"], heads, params["length"], params["length"])
        weights = np.exp(rng.normal(size=shape))
        return weights / weights.sum(axis=-1, keepdims=True)

    return (
        [softmaxed(heads) for heads in params["student_heads"]],
        [softmaxed(heads) for heads in params["teacher_heads"]],
    )


def some_kept(rng, batch, length):
    """Two positions of each text at least, and never all of them."""
    kept_BT = rng.random((batch, length)) < 1 / 2
    kept_BT[:, :2], kept_BT[:, -1] = True, False
    return kept_BT


def loss_of(implementation, params):
    """The loss of student, teacher, kept and, for hidden states, projections."""

    def loss(student, teacher, kept, *projections):
        what = "hidden" if projections else "attention"
        layers = {f"student_{what}": student, f"teacher_{what}": teacher}
        rest = {"projections": projections[0]} if projections else {}
        return implementation(
            **layers, pairs=params["pairs"], weights=params["weights"], kept=kept, **rest
        )

    return loss


def in_float64(function, *arguments, **rest):
    """Its result as NumPy arrays, computed in float64."""
    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, function(*arguments, **rest))


def central_differences(loss, values, step):
    """d loss / d values, one entry at a time."""
    shifts = step * np.eye(values.size).reshape(-1, *values.shape)
    up, down = (in_float64(jax.jit(jax.vmap(loss)), values + s) for s in (shifts, -shifts))
    return ((up - down) / (2 * step)).reshape(values.shape)


def assert_same_bits(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def assert_ones_are_no_mask(function, arguments, ones, tol):
    """`function` takes a mask last: bit for bit where it runs as written, and nearly compiled."""
    assert_same_bits(function(*arguments, ones), function(*arguments, None))
    compiled = jax.jit(function)
    jax.tree.map(
        lambda one, other: np.testing.assert_allclose(one, other, rtol=0, atol=tol),
        compiled(*arguments, ones),
        compiled(*arguments, None),
    )


def falsify_kd_f22_all_ones_mask_is_no_mask(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    loss = loss_of(implementation, params)

    def with_gradients(student, projections, teacher, kept):
        def total(student, projections):
            return loss(student, teacher, kept, projections)

        return jax.value_and_grad(total, argnums=(0, 1))(student, projections)

    compiled = jax.jit(with_gradients)
    student, teacher, projections = hidden_states(params, rng, params["batch"])
    ones_BT = np.ones((params["batch"], params["length"]), bool)
    narrow = jax.tree.map(np.float32, (student, projections, teacher))
    assert_ones_are_no_mask(with_gradients, narrow, ones_BT, params["tol_compiled"])

    kept_BT = some_kept(rng, params["batch"], params["length"])
    value, gradients = in_float64(compiled, student, projections, teacher, kept_BT)
    pairs, weights = params["pairs"], params["weights"]
    truth = oracle.hidden_loss(student, teacher, pairs, weights, kept_BT, projections)
    np.testing.assert_allclose(value, truth, rtol=params["rel_tol"])
    for layer_BTD in gradients[0]:
        np.testing.assert_array_equal(layer_BTD[~kept_BT], 0)

    for other in (params["elsewhere"], inf, nan):
        moved_student, moved_teacher = (
            [np.where(kept_BT[..., None], x, other) for x in layers]
            for layers in (student, teacher)
        )
        moved = in_float64(compiled, moved_student, projections, moved_teacher, kept_BT)
        assert_same_bits(moved, (value, gradients))


def falsify_kd_feature_hidden_value_is_the_weighted_mean(implementation, falsifier):
    params = falsifier.params
    student = np.array(params["student"], np.float64)[:, None]
    last = pinned_array(params["teacher_last"])
    teacher = [pinned_array(params["teacher_first"]), -last, last]
    for second_kept, expected in ((True, params["both_kept"]), (False, params["first_kept"])):
        value = in_float64(
            implementation,
            student_hidden=student,
            teacher_hidden=teacher,
            pairs=params["pinned_pairs"],
            weights=params["pinned_weights"],
            kept=np.array([[True, second_kept]]),
            projections=[None, np.array(params["projection"], np.float64)],
        )
        np.testing.assert_allclose(value, expected, rtol=params["rel_tol"])

    rng = np.random.default_rng(params["seed"])
    student, teacher, projections = hidden_states(params, rng, params["batch"])
    kept_BT = some_kept(rng, params["batch"], params["length"])
    truth = oracle.hidden_loss(
        student, teacher, params["pairs"], params["weights"], kept_BT, projections
    )
    for layers in (student, np.stack(student)):
        value = in_float64(
            jax.jit(loss_of(implementation, params)), layers, teacher, kept_BT, projections
        )
        np.testing.assert_allclose(value, truth, rtol=params["rel_tol"])


def falsify_kd_feature_hidden_gradient_is_that_of_the_loss(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    student, teacher, (_, projection) = hidden_states(params, rng, params["batch"])
    student = np.stack(student)
    kept_BT = some_kept(rng, params["batch"], params["length"])
    loss = loss_of(implementation, params)

    def total(student, projection, teacher):
        return loss(student, teacher, kept_BT, [None, projection])

    value, (of_student, of_projection, of_teacher) = in_float64(
        jax.jit(jax.value_and_grad(total, argnums=(0, 1, 2))), student, projection, teacher
    )
    pairs, weights = params["pairs"], params["weights"]
    truth = oracle.hidden_loss(student, teacher, pairs, weights, kept_BT, [None, projection])
    np.testing.assert_allclose(value, truth, rtol=0, atol=params["tol"])
    step, tol = params["step"], params["tol"]
    slopes = central_differences(lambda x: total(x, projection, teacher), student, step)
    np.testing.assert_allclose(of_student, slopes, rtol=0, atol=tol)
    slopes = central_differences(lambda x: total(student, x, teacher), projection, step)
    np.testing.assert_allclose(of_projection, slopes, rtol=0, atol=tol)
    for layer in of_teacher:
        np.testing.assert_array_equal(layer, 0)


def falsify_kd_feature_hidden_refusals_name_the_layer(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    student, teacher, projections = hidden_states(params, rng, params["batch"])
    kept_BT = np.ones((params["batch"], params["length"]), bool)
    valid = {
        "student_hidden": student,
        "teacher_hidden": teacher,
        "pairs": params["pairs"],
        "weights": params["weights"],
        "kept": kept_BT,
        "projections": projections,
    }
    first, last = "student layer 0 and teacher layer 0", "student layer 1 and teacher layer 1"

    def refused(message, **fault):
        with pytest.raises(ValueError, match=message):
            implementation(**valid | fault)

    shorter = [teacher[0][:, 1:], teacher[1]]
    refused(f"{first} have shapes .* positions differ", teacher_hidden=shorter)
    refused(f"{last} have widths 2 and 3: give a projection", projections=None)
    refused(f"the projection of {last} has shape", projections=[None, projections[1].T])
    refused("projections are 1, pairs 2", projections=projections[1:])
    refused("teacher layer 7 is not there: 2 are given", pairs=params["pairs_missing"])
    refused("student layer 1 is not there: 1 are given", student_hidden=student[:1])
    refused("kept has shape", kept=kept_BT[:, 1:])
    refused("kept holds no position to compare", kept=~kept_BT)

    value = in_float64(implementation, **valid)
    truth = oracle.hidden_loss(
        student, teacher, params["pairs"], params["weights"], kept_BT, projections
    )
    np.testing.assert_allclose(value, truth, rtol=params["rel_tol"])


def falsify_kd_feature_attention_value_is_that_of_unit_maps(implementation, falsifier):
    params = falsifier.params
    teacher = pinned_array(params["teacher"])
    value = in_float64(
        implementation,
        student_attention=[
            pinned_array(params["student_first"]),
            pinned_array(params["student_last"]),
        ],
        teacher_attention=[teacher, teacher],
        pairs=params["pinned_pairs"],
        weights=params["pinned_weights"],
        kept=None,
    )
    np.testing.assert_allclose(value, params["distance"], rtol=params["rel_tol"])

    rng = np.random.default_rng(params["seed"])
    student, teacher = attentions(params, rng)
    every_BT = np.ones((params["batch"], params["length"]), bool)
    truth = oracle.attention_loss(student, teacher, params["pairs"], params["weights"], every_BT)
    loss = jax.jit(loss_of(implementation, params))
    value = in_float64(loss, student, teacher, None)
    np.testing.assert_allclose(value, truth, rtol=params["rel_tol"])
    for scale in params["scales"]:
        scaled_student, scaled_teacher = ([scale * x for x in y] for y in (student, teacher))
        for arguments in ((scaled_student, teacher), (student, scaled_teacher)):
            scaled = in_float64(loss, *arguments, None)
            np.testing.assert_allclose(scaled, value, rtol=params["rel_tol"])


def falsify_kd_feature_attention_mask_cuts_the_map(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    student, teacher = attentions(params, rng)
    gradients = jax.value_and_grad(loss_of(implementation, params))
    every_BT = np.ones((params["batch"], params["length"]), bool)
    narrow = jax.tree.map(np.float32, (student, teacher))
    assert_ones_are_no_mask(gradients, narrow, every_BT, params["tol_compiled"])

    kept_BT = some_kept(rng, params["batch"], params["length"])
    kept_BT[0] = False
    compiled = jax.jit(gradients)
    value, gradient = in_float64(compiled, student, teacher, kept_BT)
    truth = oracle.attention_loss(student, teacher, params["pairs"], params["weights"], kept_BT)
    np.testing.assert_allclose(value, truth, rtol=params["rel_tol"])
    kept_B1TT = (kept_BT[:, :, None] & kept_BT[:, None, :])[:, None]
    for layer in gradient:
        np.testing.assert_array_equal(np.where(kept_B1TT, 0, layer), 0)

    for other in (params["elsewhere"], inf, nan):
        moved = [[np.where(kept_B1TT, x, other) for x in layers] for layers in (student, teacher)]
        assert_same_bits(in_float64(compiled, *moved, kept_BT), (value, gradient))


def falsify_kd_feature_attention_gradient_is_that_of_the_loss(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    student, teacher = map(np.stack, attentions(params, rng))
    kept_BT = some_kept(rng, params["batch"], params["length"])
    loss = loss_of(implementation, params)
    gradients = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))
    value, (of_student, of_teacher) = in_float64(gradients, student, teacher, kept_BT)
    truth = oracle.attention_loss(student, teacher, params["pairs"], params["weights"], kept_BT)
    np.testing.assert_allclose(value, truth, rtol=0, atol=params["tol"])
    slopes = central_differences(lambda x: loss(x, teacher, kept_BT), student, params["step"])
    np.testing.assert_allclose(of_student, slopes, rtol=0, atol=params["tol"])
    np.testing.assert_array_equal(of_teacher, 0)

    value, (of_student, _) = in_float64(gradients, teacher, teacher, kept_BT)
    np.testing.assert_allclose(value, 0, rtol=0, atol=params["tol_equal"])
    np.testing.assert_allclose(of_student, 0, rtol=0, atol=params["tol_equal"])


def falsify_kd_feature_attention_refusals_name_the_layer(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    student, teacher = attentions(params, rng)
    kept_BT = np.ones((params["batch"], params["length"]), bool)
    valid = {
        "student_attention": student,
        "teacher_attention": teacher,
        "pairs": params["pairs"],
        "weights": params["weights"],
        "kept": kept_BT,
    }
    last = "student layer 1 and teacher layer 1"

    def refused(message, **fault):
        with pytest.raises(ValueError, match=message):
            implementation(**valid | fault)

    def with_last(changed):
        return {"kept": None, "teacher_attention": [teacher[0], changed]}

    shorter = teacher[1][:, :, 1:, 1:]
    refused(f"{last} have shapes .* only the heads may differ", **with_last(shorter))
    refused(f"{last} have shapes .* only the heads may differ", **with_last(teacher[1][1:]))
    refused(f"{last}: the teacher's has shape .* not", **with_last(teacher[1][:, :, 1:]))
    refused("teacher layer 7 is not there: 2 are given", pairs=params["pairs_missing"])
    refused("student layer 1 is not there: 1 are given", student_attention=student[:1])
    refused("kept has shape", kept=kept_BT[:, 1:])
    refused("kept holds no position to compare", kept=~kept_BT)

    value = in_float64(implementation, **valid)
    truth = oracle.attention_loss(student, teacher, params["pairs"], params["weights"], kept_BT)
    np.testing.assert_allclose(value, truth, rtol=params["rel_tol"])
