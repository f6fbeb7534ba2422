"""Falsifiers of contracts/kd-labels-v1.yaml: which tokens are trained, and by which logits.

Shapes: B rows, T positions, V vocabulary.
"""

from __future__ import annotations

import jax
import numpy as np
import pytest

from aprender.losses.kd import kd_loss_sums
from falsifiers.oracles.kd import IGNORED


def falsify_kd_f06_logits_before_a_token_are_trained_on_it(implementation, falsifier):
    params = falsifier.params
    ids_BT, labels_BT = np.array(params["ids"]), np.array(params["labels"])
    vocabulary = params["vocabulary"]
    rng = np.random.default_rng(params["seed"])
    shape = (2, *labels_BT.shape, vocabulary)
    student_BTV, teacher_BTV = rng.normal(size=shape).astype(np.float32)

    def loss(student_BTV, kd_weight, ce_weight):
        return implementation(
            student_logits=student_BTV,
            teacher_logits=teacher_BTV,
            labels=labels_BT,
            temperature=params["temperature"],
            kd_weight=kd_weight,
            ce_weight=ce_weight,
        )

    value_and_gradient = jax.jit(jax.value_and_grad(loss))
    trained_BT = np.zeros(labels_BT.shape, bool)
    trained_BT[:, :-1] = labels_BT[:, 1:] != IGNORED
    for kd_weight in params["kd_weights"]:
        _, gradient_BTV = value_and_gradient(student_BTV, kd_weight, 1 - kd_weight)
        np.testing.assert_array_equal((np.asarray(gradient_BTV) != 0).any(axis=-1), trained_BT)

    def surprise(ids_BT):
        """Cross-entropy of a student that is certain of these ids."""
        certain_BTV = params["certainty"] * np.eye(vocabulary, dtype=np.float32)[ids_BT]
        return value_and_gradient(certain_BTV, 0.0, 1.0)[0]

    unsure, _ = value_and_gradient(np.zeros_like(student_BTV), 0.0, 1.0)
    np.testing.assert_allclose(unsure, params["nothing_known"], rtol=params["tol"])
    assert surprise(ids_BT) > unsure
    assert surprise(np.roll(ids_BT, -1, axis=1)) < params["almost_none"]


def falsify_kd_f07_no_token_is_masked_for_its_id(implementation, falsifier):
    params = falsifier.params
    batch = {
        "input_ids_BT": np.array(params["ids"]),
        "attention_mask_BT": np.array(params["attention_mask"]),
        "prompt_lengths_B": np.array(params["prompt_lengths"]),
    }
    labels_BT = implementation(**batch)
    np.testing.assert_array_equal(labels_BT, params["labels"])
    # The first label of a row has no logits before it, so that of the third row trains nothing.
    next_N = labels_BT[:, 1:].reshape(-1)
    logits_NV = np.zeros((len(next_N), next_N.max() + 1), np.float32)
    sums = kd_loss_sums(logits_NV, logits_NV, next_N, 1.0, 0.0, 1.0)
    assert sums.count == params["trained"]

    def refused(message, name, values):
        with pytest.raises(ValueError, match=message):
            implementation(**batch | {name: values})

    additive_BT = np.where(batch["attention_mask_BT"] == 1, 0, 2)
    refused(r"attention_mask\[0, 6\] = 2 is not 0 or 1", "attention_mask_BT", additive_BT)
    longer_B = batch["attention_mask_BT"].sum(axis=1) + 1
    refused(r"prompt_lengths\[0\] = \d+ is not between", "prompt_lengths_B", longer_B)
    refused(
        r"prompt_lengths\[0\] = -1 is not between", "prompt_lengths_B", np.full_like(longer_B, -1)
    )
    refused(
        r"input_ids\[0, 0\] = -100 is no token", "input_ids_BT", np.full_like(labels_BT, IGNORED)
    )
