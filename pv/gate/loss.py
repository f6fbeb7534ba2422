"""Loss: one thing that was checked at a base, and is not, or less strictly, now."""

from __future__ import annotations

from dataclasses import dataclass

from pv.contract.document import LoadedContract
from pv.finding import Finding, Location, Severity
from pv.gate.verdicts import EXPLANATIONS, Weaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What is weaker, and which amendments would excuse it."""

    kind: Weaker
    message: str
    location: Location
    """Where it is missing, or where the weaker value stands now."""
    subject: str
    """Ids that name it, whatever else changes."""
    about: tuple[str, ...]
    """Subjects of the amendments that excuse it."""
    heirs: tuple[LoadedContract, ...]
    """The contracts whose amendments are looked at."""

    def finding(self) -> Finding:
        """The loss as a finding, for one that no amendment excuses."""
        explanation = EXPLANATIONS[self.kind.value]
        return Finding(
            explanation.code,
            Severity.ERROR,
            self.message,
            self.location,
            subject=self.subject,
            suggestion=f"{explanation.remedy}; or say why, in a new entry of `amendments` in "
            f"{self._where()}: {{subject: {self.about[0]}, reason: ...}}",
        )

    def _where(self) -> str:
        if self.kind is Weaker.CONTRACT_GONE:
            return "any contract"
        return " or ".join(loaded.path for loaded in self.heirs)
