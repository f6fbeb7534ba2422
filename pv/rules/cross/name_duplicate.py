"""PV-ID-003: name-duplicate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN, TEST
from pv.rules.project import Project

_OTHER = str(GREEN.files[CONTRACT]).replace("ABS-001", "ABS-002").replace("abs_001", "abs_002")
_TWO = GREEN.append(TEST, "\n\n" + str(GREEN.files[TEST]).replace("abs_001", "abs_002"))


class NameDuplicate(Rule):
    """Two contracts have one name."""

    code = "PV-ID-003"
    name = "name-duplicate"
    why = (
        "A contract is called by its file's stem: in `depends_on`, in `pv run NAME` and in the "
        "path of its evidence. With two of one name the records of one stand for the other."
    )
    bad = _TWO.write("contracts/old/abs-v1.yaml", _OTHER)
    good = _TWO.write("contracts/old/abs-v2.yaml", _OTHER)

    def check(self, project: Project) -> Iterator[Finding]:
        """Report each contract that shares its name, loaded or not."""
        by_name: dict[str, list[LoadedContract]] = defaultdict(list)
        for loaded in project.contracts:
            by_name[loaded.name].append(loaded)
        for name, same in by_name.items():
            for loaded in same if len(same) > 1 else ():
                others = tuple(other.document.location(()) for other in same if other is not loaded)
                yield self.finding(
                    f"{others[0].path} is called {name}, too",
                    loaded.document.location(()),
                    subject=name,
                    suggestion="give one of the files another name",
                    related=others,
                )
