"""Waivers: which survivors a contract accepts, until when, and who answers for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from pv.contract.document import DataPath
from pv.contract.model import Contract, Waiver

LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class InForce:
    """The waivers that count on a day, by the id that they name."""

    mutants: Mapping[str, Waiver]
    falsifiers: Mapping[str, Waiver]


def in_force(contract: Contract, today: date) -> InForce:
    """The waivers of ``contract`` that count on ``today``; one that lint refuses never does."""
    counted = [waiver for waiver in contract.waivers if _counts(waiver, today)]
    mutants = {mutant.id for mutant in contract.mutants}
    falsifiers = {falsifier.id for falsifier in contract.falsification_tests}
    return InForce(
        {w.mutant: w for w in counted if w.mutant in mutants},
        {w.falsifier: w for w in counted if w.falsifier in falsifiers},
    )


def entries(contract: Contract) -> Iterator[tuple[DataPath, Waiver]]:
    """Waivers with their places."""
    for i, waiver in enumerate(contract.waivers):
        yield ("waivers", i), waiver


def names_one(waiver: Waiver) -> bool:
    """True where the waiver names a mutant or a falsifier, and not both."""
    return (waiver.mutant is None) is not (waiver.falsifier is None)


def why_no_deadline(expires: str, today: date) -> str:
    """What is wrong with ``expires`` on ``today``; nothing where the waiver counts until then."""
    deadline = _date(expires)
    if deadline is None:
        return f"{expires!r} is not a date of the form YYYY-MM-DD"
    if deadline < today:
        return f"the waiver expired on {expires}"
    if deadline - today > LONGEST:
        return f"{expires} is {(deadline - today).days} days ahead, and {LONGEST.days} are allowed"
    return ""


def _counts(waiver: Waiver, today: date) -> bool:
    is_answered_for = bool(waiver.owner.strip() and waiver.reason.strip())
    return names_one(waiver) and is_answered_for and not why_no_deadline(waiver.expires, today)


def _date(text: str) -> date | None:
    """The day; other forms of ISO 8601 (`2030-W05-4`) are not read."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if day.isoformat() == text else None
    return None
