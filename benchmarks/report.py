"""What a benchmark prints: ratios with their bars, and the exit code that says whether all hold."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One ratio and how it came about; up to its bar is good, and without one it is for reading."""

    what: str
    against: str
    ratio: float
    bar: float | None
    how: str

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.bar is None:
            return "-"
        return "pass" if self.ratio <= self.bar else "over"


def run(description: str | None, measure: Callable[[], Iterable[Row]]) -> int:
    """Measure, print as the command line asks, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    options = parser.parse_args()
    rows = list(measure())
    if options.json:
        data = [{**asdict(row), "verdict": row.verdict} for row in rows]
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    else:
        sys.stdout.write(table(rows))
    return int(any(row.verdict == "over" for row in rows))


def table(rows: Iterable[Row]) -> str:
    """Rows for people."""
    lines = [f"{'ratio':>7} {'bar':>5}  verdict  what"]
    for row in rows:
        bar = "" if row.bar is None else f"{row.bar:.2f}"
        lines.append(f"{row.ratio:7.3f} {bar:>5}  {row.verdict:<7}  {row.what}")
        lines.append(f"{'':24}/ {row.against}")
        lines.append(f"{'':24}  {row.how}")
    return "\n".join(lines) + "\n"


def need(is_so: bool, complaint: str, seen: object) -> None:
    """Stop where there is nothing to measure, saying why."""
    if not is_so:
        raise SystemExit(f"not measured: {complaint}\n{seen}")
