"""PV-MUT-003: mutant-void."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Mutant
from pv.finding import Finding
from pv.mutant import Void, find_anchor
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project

_REMEDY = {
    Void.TARGET: "",
    Void.MISSING: "the code has changed: copy the expression or statement as it stands now",
    Void.AMBIGUOUS: "take a larger piece of code, so that it occurs once",
    Void.UNPARSABLE: "`replace` and `with` are both expressions, or both statements",
    Void.NO_OP: "`with` must differ from `replace`",
}


class MutantVoid(Rule):
    """A mutant that cannot be applied: no target, no single anchor, or no change."""

    code = "PV-MUT-003"
    name = "mutant-void"
    why = (
        "A mutant whose anchor is gone or stands twice is no experiment. Found in milliseconds, "
        "on every change, long before the proof would run."
    )
    bad = GREEN.edit(CONTRACT, 'replace: "-x"', 'replace: "0 - x"')
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Look for each mutant's anchor in its target's own source."""
        for loaded, contract in project.loaded():
            for i, mutant in enumerate(contract.mutants):
                problem = project.index.target_problem(mutant.target)
                if problem is not None:
                    message, suggestion = problem
                    yield self._at(loaded, (i, "target"), f"{mutant.id}: {message}", suggestion)
                elif void := _void(project, mutant):
                    message = f"{mutant.id}: {void.value} {mutant.target}"
                    key = "with" if void is Void.NO_OP else "replace"
                    yield self._at(loaded, (i, key), message, _REMEDY[void])

    def _at(
        self, loaded: LoadedContract, where: tuple[int, str], message: str, suggestion: str
    ) -> Finding:
        return self.finding(
            message,
            loaded.document.location(("mutants", *where)),
            subject=message.split(":")[0],
            suggestion=suggestion,
        )


def _void(project: Project, mutant: Mutant) -> Void | None:
    module_name, _, attribute = mutant.target.partition(":")
    module = project.index.imported(module_name)
    assert module is not None  # target_problem has looked
    key = ("anchor", module.digest, attribute, mutant.replace, mutant.with_)
    found = project.index.cache.get(
        key,
        lambda: find_anchor(
            project.index.source(module.path).decode(), attribute, mutant.replace, mutant.with_
        ),
    )
    return found if isinstance(found, Void) else None
