"""Records: are those of a base still there, each with its whole past?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pv.evidence.history import extends
from pv.evidence.ledger import Record, from_text, read_record
from pv.finding import Finding, Location, Severity
from pv.gate.verdicts import EXPLANATIONS, Weaker


@dataclass(frozen=True, slots=True)
class RecordPair:
    """A record of the base, and what stands in its place now."""

    path: str
    base: Record | None
    """None for one of another version: it was there, and no more can be said."""
    now: Record | None


def record_pairs(before: Mapping[str, str], root: Path) -> list[RecordPair]:
    """The records of ``before`` (text by path), each beside the present one."""
    return [
        RecordPair(path, _parsed(text), read_record(root / path))
        for path, text in sorted(before.items())
    ]


def lost_records(pairs: Iterable[RecordPair]) -> Iterator[Finding]:
    """Findings for the records whose place is empty, or rewritten."""
    for pair in pairs:
        if pair.now is None:
            yield _finding(Weaker.RECORD_GONE, pair.path)
        elif pair.base is not None and not extends(pair.now, pair.base):
            yield _finding(Weaker.RECORD_REWRITTEN, pair.path)


def _parsed(text: str) -> Record | None:
    try:
        return from_text(text)
    except ValueError:
        return None


def _finding(kind: Weaker, path: str) -> Finding:
    explanation = EXPLANATIONS[kind.value]
    return Finding(
        explanation.code,
        Severity.ERROR,
        f"{kind.value}: {path}: {explanation.why}",
        Location(path),
        subject=path,
        suggestion=explanation.remedy,
    )
