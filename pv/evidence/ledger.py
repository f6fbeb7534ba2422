"""Ledger: one JSON file per falsifier and world that says what ran."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1

# Where `pv run` writes; committed records have the same form and lie in `evidence/`.
LOCAL = ".pv/evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """What became of one cell."""

    implementation: str | None
    dtype: str | None
    verdict: str
    cases: int
    asserted: int


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
    seconds: float = 0.0
    started: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    tool: str = ""
    version: int = VERSION

    @property
    def is_green(self) -> bool:
        """True where the falsifier passed; anything else is as good as no record."""
        return self.verdict == "passed"


def path_of(contract: str, falsifier: str, world: str) -> Path:
    """Path of a record below the ledger's directory."""
    return Path(contract, f"{falsifier}@{world}.json")


def write_record(directory: Path, record: Record) -> Path:
    """Write ``record`` below ``directory``; it takes the place of the one before."""
    path = directory / path_of(record.contract, record.falsifier, record.world)
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
    except (OSError, ValueError, KeyError, TypeError):
        return None
    named = path_of(record.contract, record.falsifier, record.world)
    is_its_own = path.parts[-2:] == named.parts
    return record if is_its_own and record.version == VERSION else None


def to_text(record: Record) -> str:
    """``record`` as JSON, sorted, so that records differ only where results do."""
    return json.dumps(asdict(record), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def from_text(text: str) -> Record:
    """Inverse of ``to_text``; anything else raises ValueError, KeyError or TypeError."""
    data: dict[str, Any] = json.loads(text)
    data["cells"] = tuple(CellRecord(**cell) for cell in data["cells"])
    data["functions"] = tuple(data["functions"])
    return Record(**data)


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
