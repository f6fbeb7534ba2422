"""Bases of schema rules that differ only in the entries they look at."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from pv.contract.document import DataPath, LoadedContract
from pv.contract.model import Contract
from pv.contract.upstream import Obligation
from pv.finding import Finding
from pv.rules.base import ContractRule

# A text, and where it stands.
Entry = tuple[DataPath, str]


class EmptyTextRule(ContractRule, abstract=True):
    """A rule that wants certain texts to say something."""

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Report every text that is empty or blank."""
        for path, text in self.texts(contract):
            if not text.strip():
                subject = loaded.document.subject(path)
                yield self.at(
                    loaded,
                    path,
                    f"{subject} is empty",
                    suggestion="write the text between the quotes",
                )

    @abstractmethod
    def texts(self, contract: Contract) -> Iterable[Entry]:
        """Texts that must not be empty."""


class RepeatedTextRule(ContractRule, abstract=True):
    """A rule that wants certain texts to be different from each other."""

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Report every text that an earlier entry has already."""
        first: dict[str, DataPath] = {}
        for path, text in self.texts(contract):
            earlier = first.setdefault(text, path)
            if earlier != path:
                place = loaded.document.location(earlier)
                message = f"{text!r} stands at line {place.line} already"
                yield self.at(loaded, path, message, related=(place,))

    @abstractmethod
    def texts(self, contract: Contract) -> Iterable[Entry]:
        """Texts that must be unique."""


class ObligationKeyRule(ContractRule, abstract=True):
    """A rule about a key that only some types of obligation have."""

    key: ClassVar[str]
    types: ClassVar[tuple[str, ...]]

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Report the key on every other type."""
        for path, obligation in obligations(contract):
            is_known = loaded.document.is_whole(*path, "type")
            is_there = getattr(obligation, self.key) is not None
            if is_known and is_there and obligation.type not in self.types:
                expected = " or ".join(self.types)
                message = f"`{self.key}` on an obligation of type {obligation.type}"
                suggestion = f"delete it, or make the type {expected}"
                where = (*path, self.key)
                yield self.at(loaded, where, message, key=True, suggestion=suggestion)


class ExemptionRule(ContractRule, abstract=True):
    """A rule about a key that every obligation needs that is declared not applicable."""

    key: ClassVar[str]

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Report the exempt obligations that lack the key; one that was refused is not lacking."""
        for path, obligation in obligations(contract):
            is_exempt = obligation.applies_to == "not_applicable"
            is_absent = not (getattr(obligation, self.key) or "").strip()
            if is_exempt and is_absent and loaded.document.is_whole(*path, self.key):
                message, suggestion = f"not applicable without `{self.key}`", f"add `{self.key}`"
                yield self.at(loaded, (*path, "applies_to"), message, suggestion=suggestion)


def obligations(contract: Contract) -> Iterator[tuple[DataPath, Obligation]]:
    """Proof obligations with their places."""
    for i, obligation in enumerate(contract.proof_obligations):
        yield ("proof_obligations", i), obligation
