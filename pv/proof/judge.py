"""Judge: what was seen of the experiments, to verdicts. Pure: nothing is run here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from pv.contract.waiver import in_force
from pv.evidence.proven import why_not_proven
from pv.finding import Finding, Location
from pv.proof.case import CaseEnd, End
from pv.proof.experiment import VoidMutant
from pv.proof.outcome import Denominators, Judgement, ProofResult, killed
from pv.proof.record import to_record
from pv.proof.seen import Cut, Seen
from pv.proof.verdicts import NO_EXTREME_KILLED, Verdict, VoidReason, WrongRed, finding_of
from pv.proof.waived import is_waived, unused, waived
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.outcome import FalsifierResult, RunResult
from pv.run.verdicts import Verdict as RunVerdict

_WRONG = {
    End.SETUP: WrongRed.SETUP,
    End.TEARDOWN: WrongRed.TEARDOWN,
    End.EXCEPTION: WrongRed.EXCEPTION,
}
_SIZE_FIRST = "killed when the size is drawn first: draw the length, then the values"
_PASSED_REACHED = f"it ran the faulty code and passed ({Verdict.SURVIVED_UNASSERTED.value})"
_PASSED_UNREACHED = f"it never ran the faulty code ({Verdict.SURVIVED_UNREACHED.value})"


def judge(
    plan: Plan,
    clean: RunResult,
    seen: Iterable[Seen],
    void: Iterable[VoidMutant],
    seconds: float,
    today: date,
) -> ProofResult:
    """Judge every fault before every falsifier that must notice it.

    ``today`` says which waivers count.
    """
    baseline = dict(zip((p.key for p in plan.falsifiers), clean.falsifiers, strict=True))
    seen = tuple(seen)
    judgements = [j for entry in seen for j in _experiment(entry, baseline)]
    judgements += [j for entry in void for j in _void(entry)]
    order = {planned.key: i for i, planned in enumerate(plan.falsifiers)}
    judgements.sort(key=lambda j: (order[j.key], j.is_extreme))
    mine = by_falsifier(judgements)
    bound = [planned for planned in plan.falsifiers if planned.is_bound]
    shortfalls = {planned.key: _shortfalls(planned, mine[planned.key], today) for planned in bound}
    proven = frozenset(key for key, missing in shortfalls.items() if not missing)
    absent = {k: r.reason for k, r in baseline.items() if r.verdict is RunVerdict.WORLD_ABSENT}
    return ProofResult(
        judgements=tuple(judgements),
        findings=(
            *(f for p in plan.falsifiers for f in _findings(p, mine[p.key], today)),
            *unused(plan, mine, today),
        ),
        by_contract=count(plan, judgements, proven, absent),
        proven=proven,
        shortfalls={key: missing for key, missing in shortfalls.items() if missing},
        waived=tuple(waived(plan, mine, today)),
        absent=absent,
        leftovers=tuple(
            f"{entry.experiment.mutant}: {end.id}: {end.text}"
            for entry in seen
            for end in entry.leftovers
        ),
        backend=clean.backend,
        seconds=round(seconds, 3),
    )


def by_falsifier(judgements: Iterable[Judgement]) -> defaultdict[str, list[Judgement]]:
    """The judgements of each falsifier, by its key."""
    found: defaultdict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        found[judgement.key].append(judgement)
    return found


def count(
    plan: Plan,
    judgements: Iterable[Judgement],
    proven: Collection[str],
    absent: Mapping[str, str],
) -> dict[str, Denominators]:
    """What each contract of ``plan`` was counted over; ``absent`` is a world by falsifier."""
    mine = by_falsifier(judgements)
    counts = {loaded.name: Denominators() for loaded in plan.contracts}
    for planned in plan.falsifiers:
        own = mine[planned.key]
        declared = [j for j in own if not j.is_extreme]
        extreme = [j for j in own if j.is_extreme]
        counts[planned.loaded.name] += Denominators(
            falsifiers=1,
            bound=planned.is_bound,
            replayed=any(j.is_replayed for j in own),
            recorded=bool(own) and not any(j.is_replayed for j in own),
            proven=planned.key in proven,
            declared=len(declared),
            declared_killed=len(killed(declared)),
            extreme=len(extreme),
            extreme_killed=len(killed(extreme)),
            not_measured={absent[planned.key]: 1} if planned.key in absent else {},
        )
    return counts


def _shortfalls(
    planned: PlannedFalsifier, judgements: Iterable[Judgement], today: date
) -> tuple[str, ...]:
    """What is missing before the falsifier is shown to be able to fail."""
    mutants = [to_record(judgement) for judgement in judgements]
    return tuple(why_not_proven(planned.contract, planned.falsifier, mutants, today))


def _experiment(seen: Seen, baseline: dict[str, FalsifierResult]) -> Iterator[Judgement]:
    experiment = seen.experiment
    for key in experiment.falsifiers:
        clean = baseline[key]
        if clean.verdict is RunVerdict.WORLD_ABSENT or key in seen.absent:
            continue
        cases = seen.cases.get(key, [])
        verdict, reason, detail = _verdict(seen, key, clean)
        siblings = seen.siblings if verdict is not Verdict.KILLED else []
        yield Judgement(
            contract=experiment.contract,
            falsifier=clean.id,
            mutant=experiment.mutant,
            target=experiment.target,
            implementation=experiment.implementation.rpartition("/")[2] or None,
            verdict=verdict,
            reason=reason,
            detail=detail,
            red=tuple(end.id for end in (*cases, *siblings) if end.end is not End.GREEN),
            seconds=round(sum(end.seconds for end in cases), 6),
        )


def _verdict(seen: Seen, key: str, clean: FalsifierResult) -> tuple[Verdict, str, str]:
    """Verdict, its reason, and what to show of it."""
    cut, cases = seen.cut.get(key), seen.cases.get(key, [])
    if cut is Cut.BASELINE:
        return Verdict.BASELINE_RED, "crash", "it ends its process without any fault"
    if clean.verdict is not RunVerdict.PASSED:
        return Verdict.BASELINE_RED, clean.verdict.value, clean.reason
    if seen.void is not None:
        return Verdict.VOID, *seen.void
    if hit := [end for end in cases if end.end is End.KILLED]:
        return Verdict.KILLED, "", hit[0].text
    if cut is Cut.TIMEOUT:
        return Verdict.TIMEOUT, "", "far longer than without the fault"
    if cut is Cut.CRASH or key not in seen.reached:
        return Verdict.WRONG_RED, WrongRed.CRASH.value, "the process ended under the fault"
    if red := [end for end in cases if end.end is not End.GREEN]:
        return Verdict.WRONG_RED, _WRONG[red[0].end].value, red[0].text
    return _survived(seen, key)


def _survived(seen: Seen, key: str) -> tuple[Verdict, str, str]:
    is_reached = seen.reached[key]
    larger = _SIZE_FIRST if key in seen.only_size_first else ""
    if kills := [end for end in seen.siblings if end.end is End.KILLED]:
        own = _PASSED_REACHED if is_reached else _PASSED_UNREACHED
        detail = "; ".join(filter(None, (own, larger, f"caught by {_names(kills)}")))
        return Verdict.WRONG_RED, WrongRed.SIBLING.value, detail
    if is_reached:
        return Verdict.SURVIVED_UNASSERTED, "", larger
    if seen.experiment.is_extreme:
        return Verdict.VOID, VoidReason.EQUIVALENT.value, "every result was what it is anyway"
    return Verdict.SURVIVED_UNREACHED, "", ""


def _names(ends: Iterable[CaseEnd]) -> str:
    return ", ".join(end.id for end in ends)


def _void(void: VoidMutant) -> Iterator[Judgement]:
    for key in void.falsifiers:
        yield Judgement(
            contract=void.contract,
            falsifier=key.partition("/")[2],
            mutant=void.mutant,
            target=void.target,
            verdict=Verdict.VOID,
            reason=void.reason.value,
            detail=void.detail,
        )


def _findings(
    planned: PlannedFalsifier, judgements: list[Judgement], today: date
) -> Iterator[Finding]:
    """Declared faults that were not caught, and implementations that may return anything."""
    waivers = in_force(planned.contract, today)
    is_judged = True
    for judgement in judgements:
        is_baseline = judgement.verdict is Verdict.BASELINE_RED
        if (is_baseline and not is_judged) or is_waived(judgement, waivers):
            continue  # told once, or accepted
        is_judged &= not is_baseline
        if is_baseline or not (judgement.is_extreme or judgement.verdict is Verdict.KILLED):
            detail = f": {judgement.detail}" if judgement.detail else ""
            what = judgement.falsifier if is_baseline else str(judgement)
            message = f"{judgement.word}: {what}{detail}"
            yield finding_of(judgement.verdict.value, message, _place(planned, judgement), what)
    if planned.falsifier.id in waivers.falsifiers:
        return
    extreme = [j for j in judgements if j.is_extreme]
    saved = {j.target for j in killed(extreme)}
    for target in dict.fromkeys(j.target for j in extreme):
        if is_judged and target not in saved:
            words = ", ".join(f"{j.mutant} {j.word}" for j in extreme if j.target == target)
            message = f"{NO_EXTREME_KILLED}: {planned.falsifier.id} on {target}: {words}"
            subject = f"{planned.falsifier.id} {target}"
            yield finding_of(NO_EXTREME_KILLED, message, planned.location, subject)


def _place(planned: PlannedFalsifier, judgement: Judgement) -> Location:
    """Where the falsifier cites the mutant."""
    mutants = planned.falsifier.mutants
    if judgement.mutant in mutants:
        where = (*planned.where, "mutants", mutants.index(judgement.mutant))
        return planned.loaded.document.location(where)
    return planned.location
