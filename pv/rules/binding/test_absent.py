"""PV-VER-004: test-absent."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding, Severity
from pv.rules.base import BindingRule
from pv.rules.example import CONTRACT, GREEN, TEST
from pv.rules.project import Project


class TestAbsent(BindingRule):
    """A falsifier has no test."""

    code = "PV-VER-004"
    name = "test-absent"
    why = (
        "A prediction that nothing tries to refute is a wish. A contract that declares PROPOSED "
        "may hold such wishes: there the finding is a note, and the falsifier counts as unbound."
    )
    bad = GREEN.edit(
        CONTRACT, "  test: falsifiers/test_abs_v1.py::falsify_abs_001_never_negative\n", ""
    ).remove(TEST)
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Report falsifiers without ``test``."""
        for loaded, contract, where, falsifier in project.falsifiers():
            if not falsifier.citations and (*where, "test") not in loaded.document.dropped:
                proposed = contract.metadata.status == "PROPOSED"
                yield self.finding(
                    f"{falsifier.id} cites no test" + (" yet (PROPOSED)" if proposed else ""),
                    loaded.document.location(where),
                    subject=falsifier.id,
                    suggestion="" if proposed else "add `test: path/to/test_file.py::function`",
                    severity=Severity.NOTE if proposed else None,
                )
