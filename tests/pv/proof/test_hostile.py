"""A fault that hangs, crashes, eats memory or breaks pytest is reported, and the next one runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pv.proof.conftest import falsifier, mutant, words
from tests.pv.run.conftest import write_project

SUBJECT = """\
import os, sys

def forget():
    pass

def absval(x):
    forget()
    return x if x > 0 else -x
"""


def fault(name: str, code: str) -> dict:
    return mutant(name, target="absval:forget", replace="pass", **{"with": code})


FAULTS = {
    "loops": (fault("loops", "while True: pass"), "TIMEOUT"),
    "sleeps-in-c": (fault("sleeps-in-c", "import time; time.sleep(1e6)"), "TIMEOUT"),
    "ignores-exceptions": (
        fault(
            "ignores-exceptions",
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        ),
        "TIMEOUT",
    ),
    "allocates": (
        fault("allocates", "a = []\nwhile True: a.append(bytes(1 << 28))"),
        "WRONG-RED(exception)",
    ),
    "deletes-its-target": (fault("deletes-its-target", "del globals()['absval']"), "KILLED"),
    "exits": (fault("exits", "sys.exit(0)"), "WRONG-RED(exception)"),
    "ends-the-process": (fault("ends-the-process", "os._exit(0)"), "WRONG-RED(crash)"),
    "aborts": (fault("aborts", "os.abort()"), "WRONG-RED(crash)"),
    "closes-every-file": (fault("closes-every-file", "os.closerange(3, 99)"), "WRONG-RED(crash)"),
    "floods-every-file": (
        fault(
            "floods-every-file",
            "for n in range(3, 99):\n"
            "    try: os.write(n, b'\\x00\\n' * 99)\n"
            "    except OSError: pass",
        ),
        "WRONG-RED(crash)",
    ),
    "floods-with-json": (
        fault(
            "floods-with-json",
            "for n in range(3, 99):\n"
            "    try: os.write(n, b'1\\n' * 99)\n"
            "    except OSError: pass",
        ),
        "WRONG-RED(crash)",
    ),
    "stops-pytest": (fault("stops-pytest", "import pytest; pytest.exit('no')"),
                     "WRONG-RED(exception)"),
    "breaks-pytest": (
        fault("breaks-pytest", "import pytest; pytest.CallInfo.from_call = None"),
        "WRONG-RED(crash)",
    ),
    "interrupts": (fault("interrupts", "raise KeyboardInterrupt"), "WRONG-RED(exception)"),
    "recurses": (fault("recurses", "absval(1)"), "WRONG-RED(exception)"),
}  # fmt: skip

TESTS = """
import absval


def falsify_abs_001_good():
    assert absval.absval(-2) == 2
    assert hasattr(absval, "absval")
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("pv.proof.listener._LEAST_SECONDS", 2.0)


def test_every_fault_is_reported_and_the_next_one_runs(prove_project):
    last = mutant("sign-kept")
    mutants = [entry for entry, _ in FAULTS.values()]
    names = [*FAULTS, "sign-kept"]
    result = prove_project([falsifier(1, *names)], [*mutants, last], TESTS, SUBJECT)
    expected = {name: word for name, (_, word) in FAULTS.items()} | {"sign-kept": "KILLED"}
    assert words(result) == expected
    # What it deleted, no swap of code can bring back: its process is given up, and the run is red.
    assert [line.partition(":")[0] for line in result.leftovers] == ["deletes-its-target"]


def test_nothing_is_left_behind_by_a_prover_that_is_ended(tmp_path, monkeypatch):
    from tests.pv.proof.conftest import contract

    root = write_project(
        tmp_path / "project",
        {
            "absval.py": SUBJECT,
            "falsifiers/test_abs.py": TESTS,
            "contracts/abs-v1.yaml": contract(
                [falsifier(1, "loops")], [fault("loops", "while True: open('alive', 'w')")]
            ),
        },
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    prover = subprocess.Popen(
        [sys.executable, "-m", "pv", "prove"],
        cwd=root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
    )
    alive = root / "alive"
    until = time.monotonic() + 20
    while not alive.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert alive.exists()
    prover.terminate()
    prover.wait(10)
    time.sleep(0.2)
    alive.unlink()
    time.sleep(0.2)
    assert not alive.exists()
    assert not list(Path(scratch).iterdir())
