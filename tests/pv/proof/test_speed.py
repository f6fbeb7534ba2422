"""Two hundred faults of a pure Python project cost less than a second beyond start-up."""

from __future__ import annotations

import time

from tests.pv.proof.conftest import falsifier, mutant

FUNCTIONS = 200


def test_two_hundred_mutants(prove_project):
    subject = "".join(
        f"def f{i}(x):\n    total = x + {i + 3}\n    return total if x > 0 else -x\n\n\n"
        for i in range(FUNCTIONS)
    )
    tests = "import absval\n" + "".join(
        f"\n\ndef falsify_abs_{i:03d}_good():\n    assert absval.f{i}(1) == {i + 4}\n"
        for i in range(FUNCTIONS)
    )
    mutants = [
        mutant(f"m-{i}", target=f"absval:f{i}", replace=f"x + {i + 3}", **{"with": "x"})
        for i in range(FUNCTIONS)
    ]
    one = prove_project([falsifier(0, "m-0")], mutants[:1], tests, subject)
    start = time.perf_counter()
    result = prove_project(
        [falsifier(i, f"m-{i}") for i in range(FUNCTIONS)], mutants, tests, subject
    )
    spent = time.perf_counter() - start - one.seconds
    assert result.denominators.declared_killed == FUNCTIONS
    assert spent < 4, f"{spent:.2f} s"  # 1 s on an idle machine
