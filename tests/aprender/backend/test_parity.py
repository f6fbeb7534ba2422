"""What the gate measures on records that can be checked by hand, and what it cannot measure."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aprender.backend.distance import centred, gaps, relative_l2
from aprender.backend.parity import MINIMUM_POSITIONS, compare
from aprender.backend.tolerance import FULL, Precision, Tolerance, tolerance_for

WIDE = Tolerance(rel_l2=10.0, kl=10.0, tau=1e-3, max_exempt=0.5)


def test_a_record_by_hand():
    reference_PV = np.tile([4.0, 0.0, 2.0], (MINIMUM_POSITIONS, 1))
    candidate_PV = reference_PV.copy()
    candidate_PV[5] = [0.0, 4.0, 2.0]
    report = compare(reference_PV, candidate_PV, WIDE, "cuda:1")
    assert (report.backend, report.positions) == ("cuda:1", MINIMUM_POSITIONS)
    assert report.measured.rel_l2 == pytest.approx(2.0)
    assert report.measured.cosine == pytest.approx(-1.0)
    total = math.exp(4) + 1 + math.exp(2)
    assert report.measured.kl == pytest.approx((math.exp(4) - 1) * 4 / total)
    assert (report.measured.exempt, report.measured.flipped) == (0, 1)
    assert report.reasons == (
        f"arg-max differs at 1 of {MINIMUM_POSITIONS} positions where the reference's gap is above "
        "2.000e-03",
    )
    assert not report.is_accepted
    line = report.line("the run ends")
    assert line.startswith("[apr-cpu-vs-gpu-output-parity-v1] cuda:1 path rejected: arg-max ")
    assert line.endswith("2.000e-03; the run ends")


def test_a_reason_names_the_worst_position():
    reference_PV = np.random.default_rng(1).normal(size=(MINIMUM_POSITIONS, 8))
    candidate_PV = reference_PV.copy()
    candidate_PV[9] *= 3
    candidate_PV[11] *= 2
    report = compare(reference_PV, candidate_PV, tolerance_for(FULL), "cuda:0")
    assert report.reasons[0] == "rel_l2 2.000e+00 is above 1.000e-04 at position 9"


@pytest.mark.parametrize("vocabulary", [0, 1])
def test_a_vocabulary_without_a_second_logit_is_rejected(vocabulary):
    logits_PV = np.zeros((MINIMUM_POSITIONS, vocabulary))
    report = compare(logits_PV, logits_PV, WIDE, "cuda:0")
    assert not report.is_accepted
    assert report.measured is None
    assert report.reasons == (f"a vocabulary of {vocabulary} has no second logit",)


def test_no_position_is_rejected():
    logits_PV = np.zeros((0, 5))
    report = compare(logits_PV, logits_PV, WIDE, "cuda:0")
    assert report.reasons == (f"0 positions are fewer than {MINIMUM_POSITIONS}",)


def test_constant_logits_are_rejected_on_either_side():
    logits_PV = np.random.default_rng(1).normal(size=(MINIMUM_POSITIONS, 8))
    constant_PV = logits_PV.copy()
    constant_PV[3] = 7.0
    report = compare(logits_PV, constant_PV, WIDE, "cuda:0")
    assert report.reasons == ("logits are all the same at position 3",)
    report = compare(constant_PV, logits_PV, WIDE, "cuda:0")
    assert report.reasons == ("the reference's logits are all the same at position 3",)


def test_half_precision_logits_are_measured_in_float64():
    reference_PV = np.array([[1000.0, 1001.0, 1003.0]], np.float16)
    assert centred(reference_PV[0]).dtype == np.float64
    assert gaps(reference_PV).tolist() == [2.0]
    assert relative_l2(reference_PV, reference_PV).tolist() == [0.0]


def test_a_precision_without_a_row_is_named():
    with pytest.raises(ValueError, match=r"bfloat16/default has no .* for float32/highest"):
        tolerance_for(Precision("bfloat16", "default"))
