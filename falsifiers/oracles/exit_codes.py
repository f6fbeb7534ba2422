"""What a report of `pv` says, read from the printed text alone, and what follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

FORMATS = ("text", "json", "github")

# A finding that weighs as an error stands without a weight: `file:line:column CODE message`.
_ERROR = re.compile(r"\S+:\d+:\d+ [A-Z][A-Z0-9-]*\d (?!warning: |note: )")
_PLACE = re.compile(r"(\S+):(\d+):(\d+) [A-Z]")
_WITHHELD = re.compile(r"withheld (\d+) of \d+ errors")
_JUDGED = re.compile(r"contracts (\d+)/(\d+)")
# A name, a number, and in brackets what it is made of.
_FIGURE = re.compile(r"([a-z][a-z -]*) (\d+)(?: \([^()]*\))?")

# Outcomes of a falsifier that ran, and of one that did not.
_RAN = ("passed", "failed", "error", "xfail", "xpass")
_LEFT_OUT = ("skipped", "not measured", "not-run")
_RED = ("failed", "error", "xfail", "xpass", "skipped", "not-run")


@dataclass(frozen=True)
class Told:
    """How many errors a report counts, how many it shows, and whether it says it judged nothing."""

    counted: int
    shown: int
    declines: bool = False

    @property
    def outcome(self) -> str:
        """The word for the exit code that agrees with what is told."""
        if self.counted:
            return "findings"
        return "nothing judged" if self.declines else "clean"


def worst(codes: Collection[int], worst_first: Sequence[int]) -> int:
    """The first of ``worst_first`` that is among ``codes``."""
    return next(code for code in worst_first if code in codes)


def told(printed: str, output_format: str) -> Told:
    """What a report of validate or lint says."""
    if output_format == "json":
        return _told_as_json(json.loads(printed))
    lines = printed.splitlines()
    counted = figures(printed)["errors"]
    if output_format == "github":
        shown = sum(line.startswith("::error ") for line in lines)
        shown += sum(int(found[1]) for line in lines if (found := _WITHHELD.match(line)))
        return Told(counted, shown, any("::nothing judged" in line for line in lines))
    shown = sum(_ERROR.match(line) is not None for line in lines)
    return Told(counted, shown, any(line.startswith("nothing judged") for line in lines))


def told_by_run(printed: str, output_format: str) -> Told:
    """What a report of run says; each red falsifier has one cell."""
    counts = run_figures(printed, output_format)
    red = sum(counts[name] for name in _RED)
    if output_format == "json":
        document = json.loads(printed)
        shown = sum(found["severity"] == "error" for found in document["findings"])
        return Told(red, shown, bool(document["declined"]) or not counts["executed"])
    lines = printed.splitlines()
    shown = sum(_ERROR.match(line) is not None for line in lines)
    return Told(red, shown, any(line.startswith(("nothing judged", "declined")) for line in lines))


def places(printed: str) -> list[tuple[str, int, int]]:
    """Path, line and column of every finding in a text, in its order."""
    found = (_PLACE.match(line) for line in printed.splitlines())
    return [(place[1], int(place[2]), int(place[3])) for place in found if place]


def figures(printed: str) -> dict[str, int]:
    """The denominators in the last line of a text."""
    last = printed.splitlines()[-1]
    judged = _JUDGED.search(last)
    if judged is None:
        raise ValueError(f"no denominators in {last!r}")
    found = {"contracts": int(judged[2]), "judged": int(judged[1])}
    for part in last.split(" | ")[1:]:
        if not part.startswith("cells"):
            pairs = _FIGURE.findall(part.removeprefix("falsifiers "))
            found.update((name, int(number)) for name, number in pairs)
    return found


def run_figures(printed: str, output_format: str) -> dict[str, int]:
    """The denominators of a run, under the names that its text has for them."""
    if output_format == "text":
        return figures(printed)
    found = json.loads(printed)["denominators"]
    names = {"not_measured": "not measured", "not_run": "not-run"}
    return {
        names.get(name, name): sum(value.values()) if isinstance(value, dict) else value
        for name, value in found.items()
        if not name.startswith("cells")
    }


def run_counts(numbers: Mapping[str, int]) -> dict[str, int]:
    """Denominators of a run over as many falsifiers of each outcome as ``numbers`` says."""
    counts = {name: numbers.get(name, 0) for name in (*_RAN, *_LEFT_OUT, "unbound")}
    executed = sum(counts[name] for name in _RAN)
    bound = executed + sum(counts[name] for name in _LEFT_OUT)
    declared = bound + counts["unbound"]
    return {**counts, "executed": executed, "bound": bound, "declared": declared, "proven": 0}


def _told_as_json(document: Mapping[str, object]) -> Told:
    counted = document["denominators"]["errors"]
    shown = [f for f in document["findings"] if f["severity"] == "error" and not f["suppressed"]]
    return Told(counted, len(shown), bool(document["declined"]))
