"""How far the logits of two backends may lie apart: fixed before anything is measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

GUARD = "FALSIFY-CPU-GPU-013"


class Precision(NamedTuple):
    """What a network computes in, and JAX's setting for its products."""

    dtype: str
    matmul: str


FULL = Precision("float32", "highest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Bounds on what is compared at each position; ValueError for one that bounds nothing."""

    rel_l2: float
    """Length of the difference of the mean-centred logits over that of the reference."""

    kl: float
    """KL(reference || candidate) in nats."""

    tau: float
    """Absolute difference of a logit. A top-2 gap of at most 2 tau may close: it is exempt."""

    max_exempt: float = 0.05
    """Share of positions that may be exempt: with more, the record says too little."""

    def __post_init__(self) -> None:
        for name in ("rel_l2", "kl", "tau"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} = {value} is not finite and above 0 ({GUARD})")
        if not 0 <= self.max_exempt < 1:
            raise ValueError(f"max_exempt = {self.max_exempt} is outside [0, 1) ({GUARD})")


# Logits that differ by at most tau differ in KL by at most tau^2 / 2 (Hoeffding's lemma), so tau
# is what KL allows. Other precisions get a row when their difference has been measured.
TOLERANCES: Mapping[Precision, Tolerance] = {FULL: Tolerance(rel_l2=1e-4, kl=1e-6, tau=1.4e-3)}


def tolerance_for(precision: Precision) -> Tolerance:
    """The bounds of a precision; ValueError for one whose difference nobody has measured."""
    if precision not in TOLERANCES:
        known = ", ".join("/".join(row) for row in TOLERANCES)
        raise ValueError(
            f"precision {'/'.join(precision)} has no measured bound; there is one for {known} "
            f"({GUARD})"
        )
    return TOLERANCES[precision]
