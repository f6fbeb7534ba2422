"""Weakened: what a change of the contracts takes away, and has not given a reason for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pv.contract.document import LoadedContract
from pv.finding import Finding
from pv.gate.heirs import Heirs
from pv.gate.weaker_contract import Comparison

# Subject and reason of an amendment.
_Reason = tuple[str, str]


def weakened(
    before: Sequence[LoadedContract], after: Sequence[LoadedContract]
) -> Iterator[Finding]:
    """Findings for all that ``before`` checked and ``after`` does not, or less strictly.

    A file that cannot be read says nothing: at the base it promised nothing, and now the loader's
    rules report it. A reason that stood anywhere at the base excuses nothing new.
    """
    spent = _spent(before)
    heirs = Heirs(before, after)
    for old in before:
        if old.contract is None or heirs.is_refused(old):
            continue
        for loss in Comparison(old, heirs, after).losses():
            given = {reason for loaded in loss.heirs for reason in _reasons(loaded)} - spent
            if not any(subject in loss.about for subject, _ in given):
                yield loss.finding()


def newly_excused(
    before: Sequence[LoadedContract], after: Sequence[LoadedContract]
) -> frozenset[str]:
    """Subjects that ``after`` gives a reason for which ``before`` did not have."""
    spent = _spent(before)
    given = (reason for loaded in after for reason in _reasons(loaded))
    return frozenset(subject for subject, reason in given if (subject, reason) not in spent)


def _spent(before: Sequence[LoadedContract]) -> set[_Reason]:
    return {reason for loaded in before for reason in _reasons(loaded)}


def _reasons(loaded: LoadedContract) -> Iterator[_Reason]:
    for amendment in loaded.contract.amendments if loaded.contract else ():
        if amendment.reason.strip():
            yield amendment.subject, amendment.reason
