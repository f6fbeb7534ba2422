"""Ledger: one JSON file per falsifier and world that says what ran and what was proven."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VERSION = 2

# Where `pv run` writes what it saw here; it is never committed.
LOCAL = ".pv/evidence"
# Where `pv prove` writes what it has shown; committed with the code that it is about.
COMMITTED = "evidence"

# What a falsifier that ran well, and a mutant that it noticed, are called in a record.
PASSED = "passed"
KILLED = "KILLED"
# What a mutant is called that it did not notice, and that may be waived; nothing else may.
SURVIVED = frozenset({"SURVIVED-UNREACHED", "SURVIVED-UNASSERTED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """What became of one cell."""

    implementation: str | None
    dtype: str | None
    verdict: str
    cases: int
    asserted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantRecord:
    """What became of one fault before the falsifier."""

    mutant: str
    implementation: str | None
    """Whose result was changed, for an extreme mutant; None for a declared one."""
    verdict: str
    """With its reason: `WRONG-RED(setup)`."""
    red: tuple[str, ...] = ()
    """Every case that it turned red."""

    @property
    def is_killed(self) -> bool:
        """True where the falsifier noticed."""
        return self.verdict == KILLED

    @property
    def has_survived(self) -> bool:
        """True where the falsifier ran with the fault in place, and passed."""
        return self.verdict in SURVIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a record said that another one took the place of."""

    key: str
    verdict: str
    mutants: int
    killed: int
    started: str
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What ran for one falsifier in one world, under the key of everything that it depends on."""

    contract: str
    falsifier: str
    world: str
    key: str
    parts: Mapping[str, str]
    """Digest by part of the key."""
    files: Mapping[str, Mapping[str, str]]
    """By part, digest by file: so that a stale record can name what changed."""
    verdict: str
    cells: tuple[CellRecord, ...]
    functions: tuple[str, ...]
    mutants: tuple[MutantRecord, ...] = ()
    """Empty where nothing was proven, as after `pv run`."""
    seconds: float = 0.0
    started: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    tool: str = ""
    history: tuple[Past, ...] = ()
    """What earlier records of the same falsifier and world said, the oldest first."""
    version: int = VERSION

    @property
    def is_green(self) -> bool:
        """True where the falsifier passed; anything else is as good as no record."""
        return self.verdict == PASSED

    @property
    def path(self) -> Path:
        """Path below the ledger's directory."""
        return Path(self.contract, f"{self.falsifier}@{self.world}.json")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The records of a project: those that came with it, and those of runs on this machine."""

    committed: tuple[Record, ...] = ()
    local: tuple[Record, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them."""
        return (*self.committed, *self.local)

    def of(self, contract: str) -> Evidence:
        """The records of one contract."""
        return Evidence(
            tuple(r for r in self.committed if r.contract == contract),
            tuple(r for r in self.local if r.contract == contract),
        )


def read_evidence(root: Path) -> Evidence:
    """Every readable record of the project in ``root``."""
    return Evidence(read_records(root / COMMITTED), read_records(root / LOCAL))


def write_record(directory: Path, record: Record) -> Path:
    """Write ``record`` below ``directory``; it takes the place of the one before."""
    path = directory / record.path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, to_text(record))
    return path


def read_records(directory: Path) -> tuple[Record, ...]:
    """Every readable record below ``directory``, by path; a damaged one is no record."""
    found = (read_record(path) for path in sorted(directory.glob("*/*@*.json")))
    return tuple(record for record in found if record is not None)


def read_record(path: Path) -> Record | None:
    """The record at ``path``; None for anything else, and for one under another's name."""
    try:
        record = from_text(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if path.parts[-2:] == record.path.parts else None


def to_text(record: Record) -> str:
    """``record`` as JSON, sorted, so that records differ only where results do."""
    return json.dumps(asdict(record), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def from_text(text: str) -> Record:
    """Inverse of ``to_text``; ValueError for anything else."""
    data: dict[str, Any] = json.loads(text)
    try:
        data["cells"] = tuple(CellRecord(**cell) for cell in data["cells"])
        data["functions"] = tuple(data["functions"])
        data["mutants"] = tuple(
            MutantRecord(**{**mutant, "red": tuple(mutant["red"])}) for mutant in data["mutants"]
        )
        data["history"] = tuple(Past(**past) for past in data["history"])
        record = Record(**data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record: {error}") from error
    if record.version != VERSION:
        raise ValueError(f"a record of version {record.version}, not {VERSION}")
    return record


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` under another name in the same directory, then rename."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o644)  # mkstemp's own mode would keep colleagues and CI out
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
