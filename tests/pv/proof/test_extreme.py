"""Extreme results: the structure, shapes and dtypes of the clean one, and values that are wrong."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest

from pv.proof.extreme import KINDS, Extreme
from tests.pv.proof.conftest import falsifier, mutant


class Pair(NamedTuple):
    first: object
    second: object


def results(clean: object, **arguments: object) -> dict[str, object]:
    return {kind: Extreme(kind)(lambda: clean, arguments.values()) for kind in KINDS}


def test_numbers_and_text():
    assert results(2.5, x=7)["first-input"] == 7.0
    assert results(2, x=7) == {"zeros": 0, "first-input": 7, "constant": 1, "nan": 2}
    assert math.isnan(results(2.5, x=7)["nan"])
    assert results("word", x="other")["first-input"] == "other"
    assert results("word", x="other")["zeros"] == ""
    assert results(True, x=0)["zeros"] is False
    assert results(2.5, x="no number")["first-input"] == 2.5


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "bool", "complex64"])
def test_arrays_keep_shape_and_dtype(dtype):
    clean = np.ones((2, 3), dtype)
    for changed in results(clean, x=np.arange(4.0)).values():
        assert (changed.shape, changed.dtype, type(changed)) == ((2, 3), dtype, np.ndarray)


def test_structure_is_kept():
    clean = {"a": [1.0, (2.0, None)], "b": Pair(np.ones(2), 3.0)}
    changed = results(clean, x=5.0)["zeros"]
    assert changed["a"] == [0.0, (0.0, None)]
    assert isinstance(changed["b"], Pair)
    assert changed["b"].first.tolist() == [0, 0]


def test_under_jit_vmap_and_grad():
    jax = pytest.importorskip("jax")
    jnp = jax.numpy
    for kind in KINDS:
        extreme = Extreme(kind)

        def call(x, extreme=extreme):
            return extreme(lambda: jnp.sum(jnp.sin(x)), [x])

        value, slope = jax.jit(jax.vmap(jax.value_and_grad(call)))(jnp.ones((3, 2)))
        assert (value.shape, slope.shape, value.dtype) == ((3,), (3, 2), jnp.float32)
        assert extreme.has_differed


TESTS = """
import absval


def falsify_abs_001_good(implementation):
    {}


def falsify_abs_002_calls_by_itself():
    {}
"""
DIRECT = "assert absval.absval(-2) == 2"


def extremes(result) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for judgement in result.judgements:
        if judgement.is_extreme:
            found.setdefault(judgement.falsifier[-3:], []).append(judgement.word)
    return found


def test_equal_on_every_call_is_void(prove_project):
    tests = TESTS.format("assert implementation(x=0) == 0", DIRECT)
    result = prove_project([falsifier(1, covers=["absval"])], [mutant()], tests)
    void = "VOID(equivalent-on-probe)"
    assert extremes(result) == {"001": [void, void, "KILLED", void]}


def test_falsifier_that_accepts_any_result_is_vacuous(prove_project):
    tests = TESTS.format("assert implementation(x=-2) is not None", DIRECT)
    result = prove_project([falsifier(1, covers=["absval"])], [mutant()], tests)
    assert [finding.code for finding in result.findings] == ["PV-PROVE-007"]
    assert result.proven == set()


def test_test_that_calls_the_function_by_itself(prove_project):
    tests = TESTS.format("assert implementation(x=-2) == 2", DIRECT)
    entry = falsifier(2, name="calls_by_itself", covers=["absval"])
    assert extremes(prove_project([entry], [mutant()], tests)) == {
        "002": ["KILLED", "KILLED", "KILLED", "VOID(equivalent-on-probe)"]
    }
