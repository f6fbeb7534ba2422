"""Records survive the disk, a damaged one is none, and unrelated ones merge."""

from __future__ import annotations

import subprocess

import pytest

from pv.evidence.ledger import CellRecord, MutantRecord, Past, Record, read_records, write_record


def record(number: int = 1, **fields) -> Record:
    cell = CellRecord(implementation="plain", dtype=None, verdict="passed", cases=1, asserted=3)
    values = {
        "contract": "abs-v1",
        "falsifier": f"FALSIFY-ABS-{number:03d}",
        "world": "cpu",
        "key": "k",
        "parts": {"impl": "d"},
        "files": {"impl": {"a.py": "d"}},
        "verdict": "passed",
        "cells": (cell,),
        "functions": ("t.py::f",),
        **fields,
    }
    return Record(**values)


MUTANT = MutantRecord(mutant="m", implementation=None, verdict="KILLED", red=("t.py::f",))
PAST = Past(key="p", verdict="passed", mutants=2, killed=1, started="2026-01-01", tool="0.1")


def test_round_trip(tmp_path):
    written = record(mutants=(MUTANT,), history=(PAST,))
    path = write_record(tmp_path, written)
    assert path == tmp_path / "abs-v1" / "FALSIFY-ABS-001@cpu.json"
    assert read_records(tmp_path) == (written,)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_superseded(tmp_path):
    write_record(tmp_path, record())
    write_record(tmp_path, record(verdict="failed"))
    assert [r.verdict for r in read_records(tmp_path)] == ["failed"]


def test_damaged_or_misplaced_is_no_record(tmp_path):
    path = write_record(tmp_path, record())
    path.with_name("FALSIFY-ABS-002@cpu.json").write_bytes(path.read_bytes())
    path.with_name("FALSIFY-ABS-003@cpu.json").write_text("{")
    path.with_name("FALSIFY-ABS-004@cpu.json").write_bytes(b"\xff")
    write_record(tmp_path, record(5, version=99))
    assert [r.falsifier for r in read_records(tmp_path)] == ["FALSIFY-ABS-001"]


@pytest.mark.parametrize(
    ("ours", "theirs", "merges"),
    [
        (record(2, key="a"), record(3, key="b"), True),
        (record(1, key="a"), record(2, key="b"), True),
        (record(1, key="a"), record(1, key="b"), False),
        (record(2, key="a"), record(2, key="a"), True),
    ],
)
def test_merge(tmp_path, ours, theirs, merges):
    """Different falsifiers merge, added beside edited too; one proven twice conflicts."""

    def git(*arguments: str, check: bool = True) -> int:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=check, capture_output=True).returncode

    def commit(changed: Record) -> None:
        write_record(tmp_path, changed)
        git("add", str(changed.path))
        git("commit", "-qm", changed.key)

    git("init", "-q", "-b", "base")
    commit(record(1))
    git("checkout", "-qb", "ours")
    commit(ours)
    git("checkout", "-q", "base")
    git("checkout", "-qb", "theirs")
    commit(theirs)
    assert (git("merge-tree", "--write-tree", "ours", "theirs", check=False) == 0) is merges
