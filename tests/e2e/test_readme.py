"""The project that README.md starts with is a project, and it goes red as the text says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from docs.transcript import write_example

CONTRACT, TEST = "contracts/softplus-v1.yaml", "falsifiers/test_softplus_v1.py"
ASSERT = "        assert abs(implementation(x=x) - implementation(x=-x) - x) <= rel_tol * x"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that README.md shows, under their names."""
    return write_example(tmp_path)


def pv(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pv", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_gate_is_green(project: Path) -> None:
    done = pv(project, "gate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed         FALSIFY-SOFTPLUS-001 [stable]" in done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        (TEST, "odd_part_is_x", "odd_part", f"{CONTRACT}:18:9 PV-VER-002"),
        (TEST, "def f", "import pytest\n\n\n@pytest.mark.skip\ndef f", f"{TEST}:4:2 PV-VER-014"),
        (CONTRACT, "prediction:", "predicton:", f"{CONTRACT}:17:3 SCHEMA-019"),
        (TEST, "largest)", "1000.0)", f"{TEST}:3:33 PV-PAR-002"),
        (TEST, ASSERT, "        pass", f"{TEST}:1:1 PV-VER-015"),
    ],
)
def test_each_fault_is_an_error_at_its_line(
    project: Path, file: str, old: str, new: str, finding: str
) -> None:
    text = (project / file).read_text("utf-8")
    assert old in text
    (project / file).write_text(text.replace(old, new), "utf-8")
    done = pv(project, "lint", "--strict-test-binding")
    assert done.returncode == 1
    assert finding in done.stdout


def test_its_mutant_turns_it_red(project: Path) -> None:
    source = project / "softplus.py"
    source.write_text(source.read_text("utf-8").replace("max(x, 0.0)", "0.0"), "utf-8")
    done = pv(project, "run")
    assert done.returncode == 1
    assert f"{TEST}:4:1 PV-RUN-001 failed: FALSIFY-SOFTPLUS-001 [stable]" in done.stdout


def test_its_falsifier_is_proven(project: Path) -> None:
    done = pv(project, "prove")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "KILLED               FALSIFY-SOFTPLUS-001 naive" in done.stdout
    assert "falsifiers 1 bound 1 replayed 1 from record 0 proven 1" in done.stdout
