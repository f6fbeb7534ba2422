"""PV-ORA-001: oracle-dependent."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Import, Module
from pv.finding import Finding, Location
from pv.rules.base import Rule
from pv.rules.example import GREEN
from pv.rules.project import Project


class OracleDependent(Rule):
    """An oracle imports what it judges."""

    code = "PV-ORA-001"
    name = "oracle-dependent"
    why = (
        "An oracle that shares code with its subject shares its faults: a published loss kernel "
        "and its oracle had the same one, and agreed."
    )
    bad = GREEN.write(
        "falsifiers/oracles/absolute.py", "from absval import absval\n\nexpected = absval\n"
    )
    good = GREEN.write(
        "falsifiers/oracles/absolute.py",
        "def expected(x):\n    return max(x, -x)\n",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Follow the imports of every oracle module to modules that hold implementations."""
        subjects = {
            implementation.target.partition(":")[0]: loaded.name
            for loaded, contract in project.loaded()
            for implementation in (contract.implementations or {}).values()
        }
        for module in project.oracle_modules():
            for imported in module.imports:
                subject = _leads_to(project, imported, set(subjects))
                if subject:
                    yield self.finding(
                        f"this oracle imports {subject}, an implementation of {subjects[subject]}",
                        Location(module.path, imported.line),
                        subject=subject,
                        suggestion="write the oracle from the formula alone",
                    )


def _leads_to(project: Project, start: Import, subjects: set[str]) -> str:
    """The first subject module that an import reaches, directly or through the project."""
    todo, seen = [start], set[str]()
    while todo:
        imported = todo.pop()
        for name in (imported.module, f"{imported.module}.{imported.attribute}"):
            if name in subjects:
                return name
            module: Module | None = project.index.imported(name)
            if module is not None and module.path not in seen:
                seen.add(module.path)
                todo += module.imports
    return ""
