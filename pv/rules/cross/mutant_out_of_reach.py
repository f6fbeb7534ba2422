"""PV-MUT-006: mutant-out-of-reach."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract, Falsifier
from pv.evidence.closure import files_reached
from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project

_OTHER = '  target: "negation:negated"\n  replace: "-x"'


class MutantOutOfReach(Rule):
    """A falsifier has to catch a fault in code that none of its cells and tests imports."""

    code = "PV-MUT-006"
    name = "mutant-out-of-reach"
    why = (
        "Such a mutant can only survive. Often the cell that reached it was taken out of the "
        "contract, and with it the measurement."
    )
    bad = GREEN.write("negation.py", "def negated(x):\n    return -x\n").edit(
        CONTRACT, '  target: "absval:absval"\n  replace: "-x"', _OTHER
    )
    good = bad.edit("absval.py", "def absval", "from negation import negated\n\n\ndef absval").edit(
        "absval.py", "else -x", "else negated(x)"
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Follow imports from the falsifier's tests, implementations and commands."""
        for loaded, contract, where, falsifier in project.falsifiers():
            if not loaded.is_intact("equations", "implementations", "falsification_tests"):
                continue
            targets = {mutant.id: mutant.target for mutant in contract.mutants}
            files = _files(project, contract, falsifier) if falsifier.mutants else None
            for i, name in enumerate(falsifier.mutants):
                module = project.index.imported(targets.get(name, "").partition(":")[0])
                if files is not None and module is not None and module.path not in files:
                    yield self.finding(
                        f"{falsifier.id} cannot reach {targets[name]}, which mutant {name} edits",
                        loaded.document.location((*where, "mutants", i)),
                        subject=f"{falsifier.id}.{name}",
                        suggestion="cite a mutant of the code under test, or bring its cell back",
                    )


def _files(project: Project, contract: Contract, falsifier: Falsifier) -> frozenset[str] | None:
    """Files that the falsifier imports, directly or not; None where it is not bound."""
    functions = [b.function for b in project.bindings if b.falsifier is falsifier]
    bound = [function for function in functions if function is not None]
    if not bound or len(bound) != len(functions):
        return None
    return files_reached(contract, falsifier, bound, project.index)
