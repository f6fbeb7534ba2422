"""Text: a proof for people, as plain lines; the last one holds the denominators."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pv.finding import one_line
from pv.proof.outcome import ProofResult
from pv.proof.verdicts import Verdict

Paint = Callable[[str, str], str]


def render(result: ProofResult, paint: Paint | None = None) -> str:
    """The whole result."""
    return "\n".join(_lines(result, paint or _plain)) + "\n"


def summary(result: ProofResult) -> str:
    """The denominators in one line."""
    c = result.denominators
    absent = ", ".join(f"{one_line(world)}: {n}" for world, n in sorted(c.not_measured.items()))
    return (
        f"falsifiers {c.falsifiers} proven {c.proven} "
        f"not measured {sum(c.not_measured.values())}{f' ({absent})' if absent else ''} | "
        f"declared mutants {c.declared} killed {c.declared_killed} | "
        f"extreme {c.extreme} killed {c.extreme_killed} | {result.seconds:.1f} s ({result.backend})"
    )


def _lines(result: ProofResult, paint: Paint) -> Iterator[str]:
    for judgement in result.judgements:
        where = f" {judgement.target}" if judgement.is_extreme else ""
        role = "total" if judgement.verdict is Verdict.KILLED else "warning"
        red = f"  red {len(judgement.red)}" if judgement.red else ""
        detail = "" if judgement.verdict is Verdict.KILLED else one_line(judgement.detail)
        tail = f" ({detail})" if detail else ""
        yield f"{paint(f'{judgement.word:<20}', role)} {judgement}{where}{red}{tail}"
    for finding in result.findings:
        place, code = paint(str(finding.location), "place"), paint(finding.code, "error")
        yield f"{place} {code} {one_line(finding.message)}"
        yield paint(f"    fix: {one_line(finding.suggestion)}", "hint")
    for leftover in result.leftovers:
        yield f"leftover: still red without its fault: {one_line(leftover)}"
    if result.leftovers:
        yield "discarded: a fault outlived its experiment, so nothing above is a verdict"
    if not result.judgements:
        yield "nothing judged: no bound falsifier has a mutant or covers an implementation"
    yield paint(summary(result), "total")


def _plain(text: str, _role: str) -> str:
    return text
