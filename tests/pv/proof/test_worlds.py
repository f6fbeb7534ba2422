"""Hypothesis under faults, JAX under jit, and worlds that are not here."""

from __future__ import annotations

import pytest

from pv.exit_code import ExitCode
from tests.pv.proof.conftest import contract, falsifier, mutant, words

HYPOTHESIS = """
from hypothesis import example, given, settings, strategies as st
from absval import absval

calls = []

@settings(max_examples=20)
@given(x=st.integers(-100, 100))
def falsify_abs_001_good(x):
    calls.append(x)
    assert absval(x) >= 0

def falsify_abs_002_calls():
    own = falsify_abs_001_good._hypothesis_internal_use_settings
    assert own.database is None
    assert own.derandomize
    assert "shrink" not in [phase.name for phase in own.phases]
    assert own.max_examples == 20
    assert settings().database is None
    assert absval(-1) == 1
"""


def test_hypothesis_under_faults(tmp_path, prove_project):
    entries = [falsifier(1, "sign-kept"), falsifier(2, "sign-kept", name="calls")]
    result = prove_project(entries, [mutant()], HYPOTHESIS)
    assert [j.word for j in result.judgements] == ["KILLED", "KILLED"]
    assert not list(tmp_path.rglob(".hypothesis/examples"))


JITTED = """
import jax
import jax.numpy as jnp


@jax.jit
def absval(x):
    return jnp.where(x > 0, x, negated(x))


def negated(x):
    return -x
"""

JAX_TESTS = """
import jax
import jax.numpy as jnp
import numpy as np
from absval import absval

compiled = jax.jit(lambda x: absval(x))


def falsify_abs_001_good(implementation):
    np.testing.assert_allclose(compiled(-2.0), 2.0)
    np.testing.assert_allclose(jax.jit(lambda x: implementation(x=x))(-2.0), 2.0)


def falsify_abs_002_next(implementation):
    np.testing.assert_allclose(implementation(x=jnp.float32(-3)), 3.0)
    np.testing.assert_allclose(compiled(-2.0), 2.0)
"""


def test_jitted_target_is_killed_and_the_next_clean_test_is_green(prove_project):
    pytest.importorskip("jax")
    kept = mutant("kept", target="absval:negated")
    outer = mutant("outer", replace="x > 0", **{"with": "x < 0"})
    entries = [
        falsifier(1, "kept", "outer", covers=["absval"]),
        falsifier(2, "kept", "outer", name="next", covers=["absval"]),
    ]
    result = prove_project(entries, [kept, outer], JAX_TESTS, JITTED)
    assert {(j.mutant, j.word) for j in result.judgements} == {
        (name, "KILLED") for name in ("kept", "outer", "zeros", "first-input", "constant", "nan")
    }
    assert result.leftovers == ()
    assert result.exit_code is ExitCode.CLEAN


def test_world_that_is_absent_is_not_measured(prove_project):
    result = prove_project([falsifier(1, "sign-kept", world={"backend": "gpu"})], [mutant()])
    assert result.judgements == ()
    assert result.denominators.not_measured == {"gpu": 1}
    assert result.exit_code is ExitCode.NOTHING_JUDGED


def test_cell_whose_world_is_absent_is_left_out(tmp_path, prove_project):
    tests = "def falsify_abs_001_good(implementation):\n    assert implementation(x=-2) == 2\n"
    targets = {"plain": "absval:absval", "on_gpu": "absval:other"}
    entries = [falsifier(1, "sign-kept", covers=["absval"])]
    text = contract(entries, [mutant()], **targets)
    text = text.replace("target: absval:other", "target: absval:other\n    backend: gpu")
    files = {"contracts/abs-v1.yaml": text}
    result = prove_project(entries, [mutant()], tests, files=files)
    assert {judgement.target for judgement in result.judgements} == {"absval:absval"}
    assert result.exit_code is ExitCode.CLEAN
    assert result.proven == set()


def test_session_fixture_is_computed_anew_under_the_fault(prove_project):
    tests = """
import pytest
from absval import absval

@pytest.fixture(scope="session")
def value():
    return absval(-2)

def falsify_abs_001_good(value):
    assert value == 2
"""
    assert words(prove_project([falsifier(1, "sign-kept")], [mutant()], tests)) == {
        "sign-kept": "KILLED"
    }


def test_refused_contract_is_a_finding(prove_project):
    files = {"contracts/damaged-v1.yaml": "metadata: [\n"}
    result = prove_project([falsifier(1, "sign-kept")], [mutant()], files=files)
    assert [finding.code for finding in result.findings] == ["PV-RUN-014"]


def test_test_file_that_cannot_be_imported(prove_project):
    tests = "import nowhere\n\ndef falsify_abs_001_good():\n    assert nowhere.f()\n"
    result = prove_project([falsifier(1, "sign-kept")], [mutant()], tests)
    assert words(result) == {"sign-kept": "BASELINE-RED(error)"}


def test_falsifier_that_ends_its_process_without_a_fault(prove_project):
    tests = """
import os
from absval import absval

def falsify_abs_001_good():
    os._exit(0)
    assert absval(-2) == 2

def falsify_abs_002_next():
    assert absval(-2) == 2
"""
    entries = [falsifier(1, "sign-kept"), falsifier(2, "sign-kept", name="next")]
    result = prove_project(entries, [mutant()], tests)
    assert [j.word for j in result.judgements] == ["BASELINE-RED(crash)", "KILLED"]
