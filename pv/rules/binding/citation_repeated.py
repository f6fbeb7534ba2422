"""PV-VER-020: citation-repeated."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.base import BindingRule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project

_CITATION = "falsifiers/test_abs_v1.py::falsify_abs_001_never_negative"


class CitationRepeated(BindingRule):
    """A falsifier cites one function twice."""

    code = "PV-VER-020"
    name = "citation-repeated"
    why = "A test counts once. Citing it twice makes a falsifier look better covered than it is."
    bad = GREEN.edit(CONTRACT, f"test: {_CITATION}", f"test: [{_CITATION}, {_CITATION}]")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Report each repetition at its own place."""
        for loaded, _, where, falsifier in project.falsifiers():
            for i, citation in enumerate(falsifier.citations):
                if citation in falsifier.citations[:i]:
                    yield self.finding(
                        f"{falsifier.id} cites {citation} more than once",
                        loaded.document.location((*where, "test", i)),
                        subject=falsifier.id,
                    )
