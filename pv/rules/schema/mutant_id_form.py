"""PV-MUT-004: mutant-id-form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN

_FORM = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")


class MutantIdForm(ContractRule):
    """A mutant id is not a lower-case slug."""

    code = "PV-MUT-004"
    name = "mutant-id-form"
    why = "Falsifiers cite mutants by id, and a child process gets the id in its environment."
    bad = GREEN.edit(CONTRACT, "mutants: [sign-kept]", "mutants: [Sign_kept]").edit(
        CONTRACT, "id: sign-kept", "id: Sign_kept"
    )
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Check each id."""
        for i, mutant in enumerate(contract.mutants):
            if not _FORM.fullmatch(mutant.id):
                message = f"{mutant.id!r} is not an id like `sign-kept`"
                near = "-".join(re.findall("[a-z0-9]+", mutant.id.lower()))
                suggestion = f"rename it to `{near}`" if _FORM.fullmatch(near) else ""
                yield self.at(loaded, ("mutants", i, "id"), message, suggestion=suggestion)
