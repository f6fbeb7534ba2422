"""SuppressionRule: a rule about the suppressions themselves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.project import Project
from pv.rules.suppression import Applied


class SuppressionRule(Rule, abstract=True):
    """A rule that runs last: whether a suppression is used is known when the others have run.

    Its own findings cannot be suppressed.
    """

    def check(self, project: Project) -> Iterator[Finding]:
        """Nothing among the ordinary rules: ``check_applied`` has it all."""
        return iter(())

    @abstractmethod
    def check_applied(self, applied: Applied) -> Iterator[Finding]:
        """Yield the findings of this rule about the suppressions that were read."""
