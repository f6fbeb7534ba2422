"""Schedules: between their ends at every step, the same under a trace, refused when wrong."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aprender.losses.checks import check_temperature, check_weights
from aprender.losses.kd import kd_loss
from aprender.losses.schedule import KdSchedule, Schedule

SHAPES = st.sampled_from(["linear", "cosine"])
STEPS = st.integers(1, 10**6)


@st.composite
def schedules(draw, low, high):
    ends = st.floats(low, high, width=32, allow_subnormal=False)
    start = draw(ends)
    shape = draw(st.sampled_from(["constant", "linear", "cosine"]))
    return Schedule(start, start if shape == "constant" else draw(ends), draw(STEPS), shape)


@given(schedules(-1e6, 1e6), st.integers(-10, 2 * 10**6))
@settings(deadline=None)
def test_every_value_lies_between_the_ends_and_the_last_holds(schedule, step):
    value = schedule(step)
    assert min(schedule.start, schedule.end) <= value <= max(schedule.start, schedule.end)
    assert schedule(0) == schedule.start
    assert schedule(schedule.steps) == schedule(schedule.steps + step + 10) == schedule.end


@given(SHAPES, STEPS, st.data())
@settings(deadline=None)
def test_a_step_further_is_never_back(shape, steps, data):
    schedule = Schedule(1.0, 0.25, steps, shape)
    step = data.draw(st.integers(0, steps))
    # A thousandth of the way: one step of many is below the resolution of float32.
    assert schedule(step + steps // 1000 + 1) <= schedule(step)


@given(schedules(0, 1), schedules(2**-10, 100), st.integers(0, 2 * 10**6))
@settings(deadline=None)
def test_what_the_ends_allow_the_loss_accepts_at_every_step(kd_weight, temperature, step):
    at = KdSchedule(kd_weight, temperature).at(step)
    assert check_weights(at.kd_weight, at.ce_weight) is None
    assert check_temperature(at.temperature) is None
    assert at.kd_weight == kd_weight(step)
    assert at.temperature == temperature(step)


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ("linear", [1.0, 0.875, 0.75, 0.625, 0.5, 0.5]),
        # 0.5 + 0.5 * cos^2(pi * step / 8), written another way than in the code
        ("cosine", [1.0, 0.9267767, 0.75, 0.5732233, 0.5, 0.5]),
    ],
)
def test_the_way_between_the_ends(shape, values):
    schedule = Schedule(1.0, 0.5, 4, shape)
    steps = range(len(values))
    np.testing.assert_allclose([schedule(step) for step in steps], values, rtol=1e-6)
    np.testing.assert_allclose([jax.jit(schedule)(step) for step in steps], values, rtol=1e-6)


def test_a_constant_is_exact_in_the_dtype_of_the_run():
    with jax.enable_x64(True):
        assert float(Schedule(0.7, 0.7, 10, "constant")(3)) == 0.7


def test_a_resumed_run_gets_the_value_of_the_unbroken_one():
    schedule = KdSchedule(Schedule(0.9, 0.1, 7, "cosine"), Schedule(4.0, 1.0, 5, "linear"))
    compiled = jax.jit(schedule.at)
    unbroken = [compiled(step) for step in range(10)]
    resumed = [jax.jit(schedule.at)(np.int32(step)) for step in range(6, 10)]
    assert resumed == unbroken[6:]


def test_the_settings_are_the_arguments_of_the_loss_in_its_order():
    student, teacher = np.random.default_rng(0).normal(size=(2, 3, 5)).astype(np.float32)
    labels = np.array([1, -100, 4])
    schedule = KdSchedule(Schedule(0.75, 0.25, 2, "linear"), Schedule(4.0, 2.0, 2, "linear"))
    np.testing.assert_allclose(
        kd_loss(student, teacher, labels, *schedule.at(1)),
        kd_loss(student, teacher, labels, temperature=3.0, kd_weight=0.5, ce_weight=0.5),
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((float("nan"), 1.0, 5, "linear"), "start = nan of a schedule is not finite"),
        ((1.0, float("inf"), 5, "linear"), "end = inf of a schedule is not finite"),
        ((1.0, 0.5, 0, "linear"), "steps = 0 of a schedule"),
        ((1.0, 0.5, 2.5, "linear"), r"steps = 2\.5 of a schedule"),
        ((1.0, 0.5, True, "linear"), "steps = True of a schedule"),
        ((1.0, 0.5, 5, "step"), "'step' of a schedule is none of constant, linear, cosine"),
        ((1.0, 0.5, 5, "constant"), r"constant schedule goes from 1\.0 to 0\.5"),
    ],
)
def test_a_schedule_that_means_nothing_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Schedule(*arguments)


def constant(value):
    return Schedule(value, value, 1, "constant")


@pytest.mark.parametrize(
    ("kd_weight", "temperature", "message"),
    [
        (Schedule(0.5, 1.5, 3, "linear"), constant(2.0), r"kd_weight reaches 1\.5, outside"),
        (Schedule(-0.5, 0.5, 3, "linear"), constant(2.0), r"kd_weight reaches -0\.5, outside"),
        (constant(0.5), Schedule(2.0, 0.0, 3, "cosine"), r"temperature reaches 0\.0, which is not"),
        (constant(0.5), Schedule(-1.0, 2.0, 3, "cosine"), r"temperature reaches -1\.0"),
    ],
)
def test_ends_that_the_loss_would_refuse_are_refused_before_the_first_step(
    kd_weight, temperature, message
):
    with pytest.raises(ValueError, match=message):
        KdSchedule(kd_weight, temperature)
