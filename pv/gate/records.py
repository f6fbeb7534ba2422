"""Records: are those of a base still there, each with its whole past?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pv.evidence.history import extends
from pv.evidence.ledger import from_text, read_record
from pv.finding import Finding, Location, Severity
from pv.gate.verdicts import EXPLANATIONS, Weaker


def lost_records(before: Mapping[str, str], root: Path) -> Iterator[Finding]:
    """Findings for the records of ``before`` (text by path) whose place is empty, or rewritten."""
    for path, text in sorted(before.items()):
        now = read_record(root / path)
        if now is None:
            yield _finding(Weaker.RECORD_GONE, path)
            continue
        try:
            base = from_text(text)
        except ValueError:  # of another version: it was there, and no more can be said
            continue
        if not extends(now, base):
            yield _finding(Weaker.RECORD_REWRITTEN, path)


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
