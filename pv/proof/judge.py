"""Judge: what was seen of the experiments, to verdicts. Pure: nothing is run here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pv.finding import Finding, Location, Severity
from pv.proof.case import CaseEnd, End
from pv.proof.experiment import VoidMutant
from pv.proof.outcome import Denominators, Judgement, ProofResult, killed
from pv.proof.seen import Cut, Seen
from pv.proof.verdicts import EXPLANATIONS, NO_EXTREME_KILLED, Verdict, VoidReason, WrongRed
from pv.run.cells import Plan, PlannedFalsifier
from pv.run.outcome import FalsifierResult, RunResult
from pv.run.verdicts import Verdict as RunVerdict

_WRONG = {
    End.SETUP: WrongRed.SETUP,
    End.TEARDOWN: WrongRed.TEARDOWN,
    End.EXCEPTION: WrongRed.EXCEPTION,
}
# What a proof needs two of where there is no implementation to change the result of.
_LEAST_DECLARED = 2


def judge(
    plan: Plan, clean: RunResult, seen: Iterable[Seen], void: Iterable[VoidMutant], seconds: float
) -> ProofResult:
    """Judge every fault before every falsifier that must notice it."""
    baseline = dict(zip((p.key for p in plan.falsifiers), clean.falsifiers, strict=True))
    seen = tuple(seen)
    judgements = [j for entry in seen for j in _experiment(entry, baseline)]
    judgements += [j for entry in void for j in _void(entry)]
    order = {planned.key: i for i, planned in enumerate(plan.falsifiers)}
    judgements.sort(key=lambda j: (order[_key(j)], j.is_extreme))
    by_falsifier: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        by_falsifier.setdefault(_key(judgement), []).append(judgement)
    proven = frozenset(
        planned.key
        for planned in plan.falsifiers
        if is_proven(planned, by_falsifier.get(planned.key, []))
    )
    findings = [
        finding
        for planned in plan.falsifiers
        for finding in _findings(planned, by_falsifier.get(planned.key, []))
    ]
    return ProofResult(
        judgements=tuple(judgements),
        findings=tuple(findings),
        denominators=_count(plan, clean, judgements, proven),
        proven=proven,
        leftovers=tuple(
            f"{entry.experiment.mutant}: {end.id}: {end.text}"
            for entry in seen
            for end in entry.leftovers
        ),
        backend=clean.backend,
        seconds=round(seconds, 3),
    )


def is_proven(planned: PlannedFalsifier, judgements: Iterable[Judgement]) -> bool:
    """True where the falsifier is shown to be able to fail, on every implementation."""
    judgements = list(judgements)
    good = killed(judgements)
    declared = {j.mutant for j in good if not j.is_extreme}
    if len(declared) < len(planned.falsifier.mutants):
        return False
    targets = {cell.target for cell in planned.cells if cell.implementation}
    if not targets:
        return len(declared) >= _LEAST_DECLARED
    return bool(declared) and targets <= {j.target for j in good if j.is_extreme}


def _key(judgement: Judgement) -> str:
    return f"{judgement.contract}/{judgement.falsifier}"


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
            is_extreme=experiment.is_extreme,
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
    if kills := [end for end in seen.siblings if end.end is End.KILLED]:
        return Verdict.WRONG_RED, WrongRed.SIBLING.value, _names(kills)
    if seen.reached[key]:
        return Verdict.SURVIVED_UNASSERTED, "", ""
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
            is_extreme=False,
            verdict=Verdict.VOID,
            reason=void.reason.value,
            detail=void.detail,
        )


def _findings(planned: PlannedFalsifier, judgements: list[Judgement]) -> Iterator[Finding]:
    """Declared faults that were not caught, and implementations that may return anything."""
    is_judged = True
    for judgement in judgements:
        is_baseline = judgement.verdict is Verdict.BASELINE_RED
        if is_baseline and not is_judged:
            continue  # told once
        is_judged &= not is_baseline
        if is_baseline or not (judgement.is_extreme or judgement.verdict is Verdict.KILLED):
            detail = f": {judgement.detail}" if judgement.detail else ""
            what = judgement.falsifier if is_baseline else str(judgement)
            message = f"{judgement.word}: {what}{detail}"
            yield _finding(judgement.verdict.value, message, _place(planned, judgement), what)
    extreme = [j for j in judgements if j.is_extreme]
    saved = {j.target for j in killed(extreme)}
    for target in dict.fromkeys(j.target for j in extreme):
        if is_judged and target not in saved:
            words = ", ".join(f"{j.mutant} {j.word}" for j in extreme if j.target == target)
            message = f"{NO_EXTREME_KILLED}: {planned.falsifier.id} on {target}: {words}"
            subject = f"{planned.falsifier.id} {target}"
            yield _finding(NO_EXTREME_KILLED, message, planned.location, subject)


def _finding(word: str, message: str, location: Location, subject: str) -> Finding:
    why = EXPLANATIONS[word]
    return Finding(
        why.code, Severity.ERROR, message, location, subject=subject, suggestion=why.remedy
    )


def _place(planned: PlannedFalsifier, judgement: Judgement) -> Location:
    """Where the falsifier cites the mutant."""
    mutants = planned.falsifier.mutants
    if judgement.mutant in mutants:
        where = (*planned.where, "mutants", mutants.index(judgement.mutant))
        return planned.loaded.document.location(where)
    return planned.location


def _count(
    plan: Plan, clean: RunResult, judgements: list[Judgement], proven: frozenset[str]
) -> Denominators:
    declared = [j for j in judgements if not j.is_extreme]
    extreme = [j for j in judgements if j.is_extreme]
    absent = Counter(r.reason for r in clean.falsifiers if r.verdict is RunVerdict.WORLD_ABSENT)
    return Denominators(
        falsifiers=len(plan.falsifiers),
        proven=len(proven),
        declared=len(declared),
        declared_killed=len(killed(declared)),
        extreme=len(extreme),
        extreme_killed=len(killed(extreme)),
        not_measured=dict(absent),
    )
