"""PV-VER-013: id-unknown."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.ids import PREFIX, marked_id, marker_of
from pv.finding import Finding, Location
from pv.rules.base import BindingRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class IdUnknown(BindingRule):
    """A ``falsifies`` marker names an id that no contract declares."""

    code = "PV-VER-013"
    name = "id-unknown"
    why = "A marker is read as a promise. One that names an id nobody declared keeps none."
    bad = GREEN.append(
        TEST,
        "\n\n@pytest.mark.falsifies('FALSIFY-ABS-009')\ndef test_even(implementation):\n"
        "    assert implementation(x=-2) == implementation(x=2)\n",
    ).edit(TEST, "def falsify_abs_001", "import pytest\n\n\ndef falsify_abs_001")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Look up the id of every marker in the test files."""
        ids = {falsifier.id for _, _, _, falsifier in project.falsifiers()}
        for module in project.test_modules():
            for function in module.functions:
                marker = marker_of(function)
                if marker is None or function.name.startswith(PREFIX):
                    continue
                if marked_id(marker) not in ids:
                    yield self.finding(
                        f"no contract declares {marked_id(marker) or marker.text}",
                        Location(module.path, marker.span.line, marker.span.column),
                        subject=function.node_id,
                    )
