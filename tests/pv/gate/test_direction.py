"""Parameters: which change is weaker, by the parameter's name."""

from __future__ import annotations

from typing import Any

import pytest

from pv.gate.direction import lacking, weaker
from pv.gate.verdicts import Weaker

RAISED, FEWER = Weaker.TOLERANCE_RAISED, Weaker.CASES_FEWER

ONE_WAY = [
    *((name, 1e-6, 2e-6, RAISED) for name in ("tol", "rel_tol_f64", "max_err", "ulps", "Bound")),
    *((name, 1, 2, RAISED) for name in ("ulp_factor_f32", "eps", "atol", "error_bound")),
    *((name, 10, 9, FEWER) for name in ("cases", "seeds", "n_rows", "count", "sizes", "min_cases")),
    ("tols", [1e-6, 1e-12], [1e-6, 1e-11], RAISED),
    ("tols", [[1e-6], [1e-12]], [[1e-5], [1e-12]], RAISED),
    ("tols", [1e-6, 1e-12], [1e-6], FEWER),
    ("tol", 1e-6, "loose", FEWER),
    ("sizes", [2, 5, 33], [2, 5], FEWER),
    ("sizes", [2, 5, 33], 33, FEWER),
    ("temperatures", [1, 1, 2], [1, 2], FEWER),
    ("shapes", [[1, 2], [3, 5]], [[1, 2]], FEWER),
    ("names", ["a", "b"], ["b"], FEWER),
    ("lower_bounds", [1, 2], [1], FEWER),
]
EITHER_WAY = [
    ("sizes", [2, 5, 33], [2, 5, 34], FEWER),
    ("shapes", [[1, 2]], [[2, 1]], FEWER),
    ("tols", [1e-6, 1e-6], [1e-7, 1e-5], RAISED),
]
NEITHER = [
    ("seed", 7, 8),
    ("temperature", 3.0, 4.0),
    ("mode", "strict", "loose"),
    ("is_exact", True, False),
    ("lower_bound", 0.5, 0.6),
    ("min_tol", 0.5, 0.6),
    ("tolled", 1, 2),
    ("sizes", [2, 5], [5, 2]),
    ("tol", 1e-6, 1e-6),
    ("cases", 10, 10.0),
]


@pytest.mark.parametrize(("name", "old", "new", "kind"), ONE_WAY)
def test_weaker_one_way(name: str, old: Any, new: Any, kind: Weaker) -> None:
    assert weaker(name, old, new) is kind
    assert weaker(name, new, old) is None


@pytest.mark.parametrize(("name", "old", "new", "kind"), EITHER_WAY)
def test_weaker_either_way(name: str, old: Any, new: Any, kind: Weaker) -> None:
    assert weaker(name, old, new) is weaker(name, new, old) is kind


@pytest.mark.parametrize(("name", "old", "new"), NEITHER)
def test_neither(name: str, old: Any, new: Any) -> None:
    assert weaker(name, old, new) is weaker(name, new, old) is None


def test_another_number_of_tolerances() -> None:
    assert weaker("tol", 1e-6, [1e-6, 1e-3]) is RAISED
    assert weaker("tol", [1e-6, 1e-3], 1e-6) is FEWER
    assert weaker("tol", 1e-6, [1e-6, 1e-7]) is None


def test_lacking_counts() -> None:
    assert lacking([1, 1, [2]], [1, 3]) == [1, [2]]
    assert lacking("a", ["a"]) == []
