"""The real commands: what they exit with is what they print, in every format."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pv.rules.example import CONTRACT, GREEN, PYPROJECT, SUBJECT, TEST, Example

FORMATS = {"validate": ("text", "json", "github"), "lint": ("text", "json", "github")}
NAME = "falsify_abs_001_never_negative"

EMPTY = GREEN.remove(CONTRACT).write("contracts/README", "none yet\n")
RENAMED = GREEN.edit(TEST, NAME, "falsify_abs_001_other")
MISSPELT = GREEN.edit(CONTRACT, "  rule: never", "  rul: never")
SKIPPED = GREEN.edit(TEST, f"def {NAME}", f"import pytest\n\n\n@pytest.mark.skip\ndef {NAME}")
WRONG = GREEN.edit(SUBJECT, "else -x", "else min(-x, x)")
LOST = GREEN.append(PYPROJECT, 'contracts = ["gone"]\n')
MISLAID = GREEN.append(PYPROJECT, 'oracles = ["gone"]\n')
LAX = GREEN.edit(PYPROJECT, ', "falsify_*"', "")
UNREADABLE = GREEN.write(CONTRACT, b"\xff\xfe")

OUTCOMES = [
    ("validate", GREEN, 0),
    ("validate", RENAMED, 0),
    ("validate", MISSPELT, 1),
    ("validate", UNREADABLE, 1),
    ("validate", LOST, 2),
    ("validate", EMPTY, 3),
    ("lint", GREEN, 0),
    ("lint", RENAMED, 1),
    ("lint", MISSPELT, 1),
    ("lint", SKIPPED, 1),
    ("lint", WRONG, 0),
    ("lint", UNREADABLE, 1),
    ("lint", LOST, 2),
    ("lint", MISLAID, 2),
    ("lint", EMPTY, 3),
    ("run", GREEN, 0),
    ("run", WRONG, 1),
    ("run", SKIPPED, 1),
    ("run", RENAMED, 1),
    ("run", LOST, 2),
    ("run", LAX, 2),
    ("run", EMPTY, 3),
    ("status", GREEN, 0),
    ("status", LOST, 2),
    ("status", EMPTY, 3),
    ("gate", GREEN, 0),
    ("gate", WRONG, 1),
    ("gate", RENAMED, 1),
    ("gate", MISSPELT, 1),
    ("gate", SKIPPED, 1),
    ("gate", LOST, 2),
    ("gate", LAX, 2),
    ("gate", EMPTY, 3),
]
CASES = [
    (command, example, code, output_format)
    for command, example, code in OUTCOMES
    for output_format in FORMATS.get(command, ("text", "json"))
]
ARGUMENTS = {"validate": ["contracts"], "lint": ["--strict-test-binding"]}


def pv(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The outer session's options and its own workers are none of the inner one's business.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pv", *arguments],
        cwd=directory,
        env={**inherited, "XDG_CACHE_HOME": str(directory.parent / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("command", "example", "code", "output_format"), CASES)
def test_exit_code_is_the_printed_one(tmp_path, command, example: Example, code, output_format):
    project = example.write_to(tmp_path / "project")
    done = pv(project, command, *ARGUMENTS.get(command, []), "--format", output_format)
    assert done.returncode == code, done.stdout + done.stderr
    if code == 2 and (command, example) != ("gate", LAX):  # of a gate one step may not start
        assert done.stdout == ""
        assert done.stderr.startswith("pv: ")
    elif output_format == "json":
        assert json.loads(done.stdout)["exit_code"] == code
    else:
        check_printed(done.stdout, code)


def check_printed(text: str, code: int) -> None:
    """The last line of a verdict agrees with the exit code."""
    last = text.splitlines()[-1]
    if last.startswith("exit "):
        assert last.startswith(f"exit {code} ")
        return
    assert re.match(r"(partial: )?contracts \d+/\d+ \| falsifiers declared \d+", last)
    if " errors " in last:
        assert (" errors 0 " not in last) == (code == 1)
    if code == 3:
        assert "nothing judged" in text


@pytest.mark.parametrize(
    ("example", "place"),
    [
        (RENAMED, rf"{CONTRACT}:\d+:\d+ PV-VER-002 "),
        (MISSPELT, rf"{CONTRACT}:16:3 \S+ .*rul"),
        (SKIPPED, rf"{TEST}:\d+:\d+ PV-VER-014 "),
        (WRONG, r":\d+:\d+ PV-RUN-001 "),
    ],
)
def test_gate_names_code_and_line(tmp_path, example, place):
    done = pv(example.write_to(tmp_path), "gate")
    assert re.search(place, done.stdout), done.stdout


def test_gate_takes_every_step_after_a_red_one(tmp_path):
    done = pv(RENAMED.write_to(tmp_path), "gate", "--format", "json")
    taken = json.loads(done.stdout)["steps"]
    assert [step["name"] for step in taken] == [
        "validate",
        "lint",
        "run",
        "prove",
        "status",
        "base",
    ]


def test_reader_that_hangs_up_does_not_change_the_verdict(tmp_path):
    project = RENAMED.write_to(tmp_path)
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "pv", "lint", "--strict-test-binding"],
            cwd=project,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_nothing_of_the_project_runs_in_validate_and_lint(tmp_path):
    trap = "\nopen('ran', 'w').close()\n"
    project = GREEN.append(TEST, trap).append(SUBJECT, trap).write("conftest.py", trap)
    directory = project.write_to(tmp_path)
    pv(directory, "validate", "contracts")
    pv(directory, "lint", "--strict-test-binding")
    assert not (directory / "ran").exists()
    assert pv(directory, "run").returncode == 0
    assert (directory / "ran").exists(), "the trap works"
