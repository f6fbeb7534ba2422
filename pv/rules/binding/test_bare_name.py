"""PV-VER-003: test-bare-name."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.citation import is_bare_name
from pv.binding.index import Index
from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project


class TestBareName(ContractRule):
    """The citation is a function's name without its file."""

    code = "PV-VER-003"
    name = "test-bare-name"
    why = (
        "A bare name may stand in many files, or in none; upstream matched it anywhere, even as a "
        "part of another name. Only path::function names one test."
    )
    bad = GREEN.edit(CONTRACT, "test: falsifiers/test_abs_v1.py::", "test: ")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Check every contract; the edit names the file that defines the function."""
        for loaded in project.contracts:
            yield from self._check(loaded, project.index)

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Check one contract by itself; the edit names the file where the test should be."""
        return self._check(loaded, None)

    def _check(self, loaded: LoadedContract, index: Index | None) -> Iterator[Finding]:
        for entry, falsifier in loaded.falsifiers:
            where = (*entry, "test")
            for i, citation in enumerate(falsifier.citations):
                if is_bare_name(citation):
                    yield self.at(
                        loaded,
                        where if isinstance(falsifier.test, str) else (*where, i),
                        f"{falsifier.id}: {citation!r} is a bare name, not a citation",
                        suggestion=_edit(citation, loaded.name, index),
                    )


def _edit(name: str, contract: str, index: Index | None) -> str:
    places = [
        function.node_id
        for module in (index.tests() if index else ())
        for function in module.functions
        if function.name == name and function.container in ("module", "class")
    ]
    if len(places) > 1:
        return "it is ambiguous; write one of " + ", ".join(f"`test: {p}`" for p in places)
    expected = f"falsifiers/test_{contract.replace('-', '_')}.py::{name}"
    return f"write `test: {places[0] if places else expected}`"
