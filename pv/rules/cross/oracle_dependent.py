"""PV-ORA-001: oracle-dependent."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Import
from pv.evidence.closure import closure
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
                subject = _leads_to(project, imported, module.directory, set(subjects))
                if subject:
                    yield self.finding(
                        f"this oracle imports {subject}, an implementation of {subjects[subject]}",
                        Location(module.path, imported.line),
                        subject=subject,
                        suggestion="write the oracle from the formula alone",
                    )


def _leads_to(project: Project, imported: Import, beside: str, subjects: set[str]) -> str:
    """The first subject module that an import reaches, directly or through the project."""
    index = project.index
    names = (imported.module, f"{imported.module}.{imported.attribute}")
    reached = closure({path for name in names for path in index.files_of(name, beside)}, index)
    for subject in sorted(subjects):
        module = index.imported(subject)
        if module is not None and module.path in reached:
            return subject
    return ""
