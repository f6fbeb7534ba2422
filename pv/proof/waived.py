"""Waived: the survivors that contracts accept, and the waivers that nothing needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from pv.contract.document import LoadedContract
from pv.contract.model import Waiver
from pv.contract.waiver import InForce, entries, in_force
from pv.evidence.proven import what_is_missing
from pv.finding import Finding
from pv.proof.outcome import Judgement, Waived
from pv.proof.record import to_record
from pv.proof.verdicts import WAIVER_UNUSED, Verdict, finding_of
from pv.run.cells import Plan, PlannedFalsifier

# Judgements by the key of their falsifier.
_ByFalsifier = Mapping[str, list[Judgement]]


def is_waived(judgement: Judgement, waivers: InForce) -> bool:
    """True for a survivor that is accepted; whatever went red, or was not tried, never is."""
    is_named = judgement.mutant in waivers.mutants or judgement.falsifier in waivers.falsifiers
    return is_named and judgement.verdict.is_survival


def waived(plan: Plan, judgements: _ByFalsifier, today: date) -> Iterator[Waived]:
    """What the waivers of ``plan`` took from the findings, and the falsifiers left unproven."""
    for planned in plan.falsifiers:
        mine, waivers = judgements.get(planned.key, []), in_force(planned.contract, today)
        for judgement in mine:
            waiver = None if judgement.is_extreme else waivers.mutants.get(judgement.mutant)
            if waiver is not None and judgement.verdict.is_survival:
                yield _waived(planned, waiver, judgement.mutant)
        waiver = waivers.falsifiers.get(planned.falsifier.id)
        if waiver is not None and mine and not _is_proven(planned, mine, today):
            yield _waived(planned, waiver, None)


def unused(plan: Plan, judgements: _ByFalsifier, today: date) -> Iterator[Finding]:
    """Waivers without which nothing would be missing; those that were not judged are left out."""
    proven = {
        planned.key
        for planned in plan.falsifiers
        if (mine := judgements.get(planned.key)) and _is_proven(planned, mine, today)
    }
    for loaded in plan.contracts:
        if loaded.contract is None:
            continue
        waivers = in_force(loaded.contract, today)
        for where, waiver in entries(loaded.contract):
            subject, why = waiver.mutant or waiver.falsifier or "", ""
            if waivers.mutants.get(subject) is waiver and _is_killed(loaded, waiver, judgements):
                why = "every falsifier that cites it notices it"
            elif waivers.falsifiers.get(subject) is waiver and f"{loaded.name}/{subject}" in proven:
                why = "it is proven without a waiver"
            if why:
                message = f"{WAIVER_UNUSED}: {subject}: {why}"
                yield finding_of(WAIVER_UNUSED, message, loaded.document.location(where), subject)


def _is_killed(loaded: LoadedContract, waiver: Waiver, judgements: _ByFalsifier) -> bool:
    """True where all the falsifiers that cite the mutant were judged, and noticed it."""
    for _, falsifier in loaded.falsifiers:
        if waiver.mutant in falsifier.mutants:
            mine = judgements.get(f"{loaded.name}/{falsifier.id}", [])
            ends = {j.verdict for j in mine if j.mutant == waiver.mutant and not j.is_extreme}
            if ends != {Verdict.KILLED}:
                return False
    return True


def _is_proven(planned: PlannedFalsifier, judgements: Iterable[Judgement], today: date) -> bool:
    mutants = [to_record(judgement) for judgement in judgements]
    return not any(what_is_missing(planned.contract, planned.falsifier, mutants, today))


def _waived(planned: PlannedFalsifier, waiver: Waiver, mutant: str | None) -> Waived:
    return Waived(
        contract=planned.loaded.name,
        falsifier=planned.falsifier.id,
        mutant=mutant,
        expires=waiver.expires,
        owner=waiver.owner,
        reason=waiver.reason,
    )
