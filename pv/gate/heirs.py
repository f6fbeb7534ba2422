"""Heirs: where the things of the contracts at a base stand now."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pv.contract.document import DataPath, LoadedContract
from pv.contract.model import Contract, Falsifier


@dataclass(frozen=True, slots=True)
class Entry:
    """A falsifier, and where it stands."""

    loaded: LoadedContract
    where: DataPath
    falsifier: Falsifier

    @property
    def is_whole(self) -> bool:
        """Whether nothing in it was refused: what seems to be missing may have been."""
        depth = len(self.where)
        return not any(path[:depth] == self.where for path in self.loaded.document.dropped)


class Heirs:
    """The contracts ``after`` a change, as seen from those ``before`` it."""

    def __init__(self, before: Sequence[LoadedContract], after: Sequence[LoadedContract]) -> None:
        self._old_names = {loaded.name for loaded in before}
        self._after = after
        self._entries: dict[str, list[Entry]] = defaultdict(list)
        for loaded in after:
            for where, falsifier in loaded.falsifiers:
                self._entries[falsifier.id].append(Entry(loaded, where, falsifier))

    def entry(self, old: Entry) -> Entry | None:
        """The falsifier with the id of ``old``: in the contract of the same name, or elsewhere."""
        found = self._entries.get(old.falsifier.id, [])
        at_home = (entry for entry in found if entry.loaded.name == old.loaded.name)
        return next(at_home, found[0] if found else None)

    def of(self, old: LoadedContract) -> tuple[LoadedContract, ...]:
        """The contract of the same name, and those to which falsifiers of ``old`` moved.

        One that has no falsifier left anywhere is recognised in a new contract by its equations.
        """
        ids = {falsifier.id for _, falsifier in old.falsifiers}
        named = [loaded for loaded in self._after if loaded.name == old.name]
        moved = [e.loaded for i in sorted(ids) for e in self._entries.get(i, ())]
        alike = [] if named or moved or ids else list(self._alike(old))
        found = {loaded.path: loaded for loaded in (*named, *moved, *alike)}
        return tuple(found.values())

    def is_refused(self, old: LoadedContract) -> bool:
        """True where the contract of the same name cannot be read: that has its own finding."""
        return any(loaded.contract is None for loaded in self._after if loaded.name == old.name)

    def is_refused_entry(self, old: Entry) -> bool:
        """True where the id stands in a contract of which some falsifier was refused."""
        whole_id = re.compile(rf"(?<![\w-]){re.escape(old.falsifier.id)}(?![\w-])")
        return any(
            whole_id.search(loaded.document.text)
            for loaded in self._after
            if loaded.contract is None or not loaded.is_intact("falsification_tests")
        )

    def _alike(self, old: LoadedContract) -> Iterator[LoadedContract]:
        equations = contract_of(old).equations.keys()
        for loaded in self._after:
            is_new = loaded.contract is not None and loaded.name not in self._old_names
            if is_new and equations <= contract_of(loaded).equations.keys():
                yield loaded


def contract_of(loaded: LoadedContract) -> Contract:
    """The contract of a file that was not refused."""
    assert loaded.contract is not None
    return loaded.contract
