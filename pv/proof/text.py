"""Text: a proof for people, as plain lines; the last one holds the denominators."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pv.finding import one_line
from pv.proof.outcome import Denominators, Judgement, ProofResult, Waived
from pv.proof.verdicts import Verdict

Paint = Callable[[str, str], str]


def render(result: ProofResult, paint: Paint | None = None) -> str:
    """The whole result."""
    paint = paint or _plain
    lines = [_judgement(judgement, paint) for judgement in result.judgements]
    if len(result.by_contract) > 1:
        lines += _by_contract(result)
    return "\n".join([*lines, *_tail(result, paint)]) + "\n"


def brief(result: ProofResult, paint: Paint | None = None) -> str:
    """Why anything was replayed, what was not noticed, each contract in one line."""
    paint = paint or _plain
    lines = [f"replay {one_line(key)}: {one_line(why)}" for key, why in result.why.items()]
    lines += [
        _judgement(j, paint)
        for j in result.judgements
        if j.is_replayed and j.verdict is not Verdict.KILLED
    ]
    lines += _by_contract(result)
    return "\n".join([*lines, *_tail(result, paint)]) + "\n"


def summary(result: ProofResult) -> str:
    """The denominators in one line."""
    return f"{counted(result.denominators)} | {result.seconds:.1f} s ({result.backend})"


def counted(c: Denominators) -> str:
    """Denominators in words; what a record stands for is told from what was replayed."""
    absent = ", ".join(f"{one_line(world)}: {n}" for world, n in sorted(c.not_measured.items()))
    return (
        f"falsifiers {c.falsifiers} bound {c.bound} replayed {c.replayed} "
        f"from record {c.recorded} proven {c.proven} "
        f"not measured {sum(c.not_measured.values())}{f' ({absent})' if absent else ''} | "
        f"declared mutants {c.declared} killed {c.declared_killed} | "
        f"extreme {c.extreme} killed {c.extreme_killed}"
    )


def _by_contract(result: ProofResult) -> list[str]:
    return [f"{name}: {counted(counts)}" for name, counts in result.by_contract.items()]


def _judgement(judgement: Judgement, paint: Paint) -> str:
    is_killed = judgement.verdict is Verdict.KILLED
    where = f" {judgement.target}" if judgement.is_extreme else ""
    red = f"  red {len(judgement.red)}" if judgement.red else ""
    tail = f" ({one_line(judgement.detail)})" if judgement.detail and not is_killed else ""
    word = paint(f"{judgement.word:<20}", "total" if is_killed else "warning")
    return f"{word} {judgement}{where}{red}{tail}"


def _waived(waived: Waived) -> str:
    what = " ".join(filter(None, (waived.falsifier, waived.mutant)))
    return f"waived {what} until {waived.expires} ({waived.owner}): {waived.reason}"


def _tail(result: ProofResult, paint: Paint) -> Iterator[str]:
    """Findings, what cannot be believed, and the denominators."""
    for finding in result.findings:
        place, code = paint(str(finding.location), "place"), paint(finding.code, "error")
        yield f"{place} {code} {one_line(finding.message)}"
        yield paint(f"    fix: {one_line(finding.suggestion)}", "hint")
    for key, missing in result.shortfalls.items():
        yield f"not proven {one_line(key)}: {one_line('; '.join(missing))}"
    yield from (one_line(_waived(waived)) for waived in result.waived)
    for leftover in result.leftovers:
        yield f"leftover: still red without its fault: {one_line(leftover)}"
    if result.leftovers:
        yield "discarded: a fault outlived its experiment, so nothing above is a verdict"
    if not result.judgements:
        yield "nothing judged: no bound falsifier has a mutant or covers an implementation"
    yield paint(summary(result), "total")


def _plain(text: str, _role: str) -> str:
    return text
