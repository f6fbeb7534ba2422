"""Two hundred faults are executed in one session, and what is clean is measured once."""

from __future__ import annotations

from collections import Counter

import pytest

from pv.proof import laboratory
from pv.proof.process import WorkerProcess
from tests.pv.proof.conftest import falsifier, mutant

FALSIFIERS = 20
MUTANTS = 200


def test_two_hundred_mutants(tmp_path, prove_project, monkeypatch: pytest.MonkeyPatch):
    started = []

    def start(*arguments):
        started.append(WorkerProcess(*arguments))
        return started[-1]

    monkeypatch.setattr(laboratory, "WorkerProcess", start)
    subject = "".join(
        f"def f{i}(x):\n    return x + {i + 3} if x > 0 else -x\n\n\n" for i in range(MUTANTS)
    )
    tests = "import absval\n" + "".join(
        f"\n\ndef falsify_abs_{number:03d}_good():\n"
        f"    print({number}, file=open('calls', 'a'))\n"
        f"    for i in range({number}, {MUTANTS}, {FALSIFIERS}):\n"
        "        assert getattr(absval, f'f{i}')(1) == i + 4\n"
        for number in range(FALSIFIERS)
    )
    mutants = [
        mutant(f"m-{i}", target=f"absval:f{i}", replace=f"x + {i + 3}", **{"with": "x"})
        for i in range(MUTANTS)
    ]
    entries = [
        falsifier(number, *(f"m-{i}" for i in range(number, MUTANTS, FALSIFIERS)))
        for number in range(FALSIFIERS)
    ]
    result = prove_project(entries, mutants, tests, subject)
    assert result.denominators.declared_killed == MUTANTS
    assert len(started) == 1
    # Once clean; then, for each mutant, under the fault and green again without it.
    runs = 1 + 2 * MUTANTS // FALSIFIERS
    calls = Counter((tmp_path / "calls").read_text().split())
    assert calls == {str(number): runs for number in range(FALSIFIERS)}
