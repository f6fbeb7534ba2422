"""Temperature and weights that change over training, as functions of the optimiser step alone.

Nothing is counted here: a run that resumes at step k gets what an unbroken one has at step k.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

SHAPES: dict[str, Callable[[jax.Array], ArrayLike]] = {
    "constant": lambda progress: 0,
    "linear": lambda progress: progress,
    "cosine": lambda progress: (1 - jnp.cos(jnp.pi * progress)) / 2,
}
"""The part of the way from start to end, from the part of the steps that is done."""


@dataclass(frozen=True)
class Schedule:
    """A number that goes from ``start`` at step 0 to ``end`` at step ``steps``, and stays there.

    ``shape`` is "constant" (start and end are the same), "linear" or "cosine" (half a wave).
    ValueError for ends that are not finite, steps that are no number of steps, another shape.
    """

    start: float
    end: float
    steps: int
    shape: str

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if not isfinite(value):
                raise ValueError(f"{name} = {value} of a schedule is not finite")
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise ValueError(f"steps = {self.steps!r} of a schedule is not a whole number above 0")
        if self.shape not in SHAPES:
            raise ValueError(f"shape {self.shape!r} of a schedule is none of {', '.join(SHAPES)}")
        if self.shape == "constant" and self.start != self.end:
            raise ValueError(
                f"a constant schedule goes from {self.start} to {self.end}: name another shape"
            )

    def __call__(self, step: ArrayLike) -> jax.Array:
        """The value at ``step``, which may be traced; before step 0 it is the start."""
        dtype = jnp.result_type(float)
        start, end = jnp.asarray(self.start, dtype), jnp.asarray(self.end, dtype)
        progress = jnp.clip(jnp.asarray(step, dtype) / self.steps, 0, 1)
        part = SHAPES[self.shape](progress)
        # Rounding may pass an end by an ulp, and a weight of 1 + 1e-7 is refused by the loss.
        lowest, highest = jnp.minimum(start, end), jnp.maximum(start, end)
        return jnp.clip((1 - part) * start + part * end, lowest, highest)


class KdSettings(NamedTuple):
    """The three scalars of a distillation loss, in the order of its arguments."""

    temperature: jax.Array
    kd_weight: jax.Array
    ce_weight: jax.Array


@dataclass(frozen=True)
class KdSchedule:
    """Schedules of the teacher's weight and of the temperature; ce_weight is 1 - kd_weight.

    Values lie between the ends of a schedule, so what the loss would refuse is refused here, before
    the first step: ValueError for weights outside [0, 1] and temperatures that are not above 0.
    """

    kd_weight: Schedule
    temperature: Schedule

    def __post_init__(self) -> None:
        for end in (self.kd_weight.start, self.kd_weight.end):
            if not 0 <= end <= 1:
                raise ValueError(f"the schedule of kd_weight reaches {end}, outside [0, 1]")
        for end in (self.temperature.start, self.temperature.end):
            if not end > 0:
                raise ValueError(f"the schedule of temperature reaches {end}, which is not above 0")

    def at(self, step: ArrayLike) -> KdSettings:
        """What the loss takes at ``step``: ``kd_loss(s, t, labels, *schedule.at(step))``."""
        kd_weight = self.kd_weight(step)
        return KdSettings(self.temperature(step), kd_weight, 1 - kd_weight)
