"""PV-VER-012: id-mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.ids import carried_id, name_prefix
from pv.finding import Finding
from pv.rules.base import BindingRule
from pv.rules.example import CONTRACT, GREEN, TEST
from pv.rules.project import Project


class IdMismatch(BindingRule):
    """The cited function carries another id than the falsifier, or none."""

    code = "PV-VER-012"
    name = "id-mismatch"
    why = (
        "Both ends must agree: the contract cites the function and the function's name carries the "
        "id. Otherwise a copied line binds a falsifier to somebody else's test."
    )
    bad = GREEN.edit(TEST, "falsify_abs_001_never", "test_never").edit(
        CONTRACT, "::falsify_abs_001_never", "::test_never"
    )
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Compare the id in each bound function's name or marker with its falsifier."""
        ids = [falsifier.id for _, _, _, falsifier in project.falsifiers()]
        for binding in project.bindings:
            if binding.function is None:
                continue
            wanted, carried = binding.falsifier.id, carried_id(binding.function, ids)
            if carried != wanted:
                yield self.finding(
                    f"{wanted} cites {binding.function.name}, which carries "
                    f"{carried or 'no declared id'}",
                    binding.loaded.document.location(binding.where),
                    subject=wanted,
                    suggestion=f"the function's name must start with {name_prefix(wanted)}",
                )
