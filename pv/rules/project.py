"""Project: everything a rule may look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pv.binding.index import Index
from pv.binding.module import Function, Module
from pv.binding.resolve import Binding, bind
from pv.cache import Cache
from pv.contract.document import DataPath, LoadedContract
from pv.contract.load import load_contracts
from pv.contract.model import Contract, Falsifier
from pv.workspace import Workspace


@dataclass(frozen=True)
class Project:
    """The contracts of a workspace, the index of its Python files, and the resolved bindings."""

    workspace: Workspace
    contracts: tuple[LoadedContract, ...]
    index: Index
    bindings: tuple[Binding, ...]

    @classmethod
    def read(cls, workspace: Workspace, cache: Cache) -> Project:
        """Read every contract of ``workspace`` and resolve what it cites."""
        contracts = load_contracts(workspace.root, workspace.contract_files(), cache)
        index = Index(workspace, cache)
        return cls(workspace, contracts, index, bind(contracts, index))

    def loaded(self) -> Iterator[tuple[LoadedContract, Contract]]:
        """The contracts that the schema accepted."""
        for loaded in self.contracts:
            if loaded.contract is not None:
                yield loaded, loaded.contract

    def falsifiers(self) -> Iterator[tuple[LoadedContract, Contract, DataPath, Falsifier]]:
        """Every falsifier with its contract and its place in the document."""
        for loaded, contract in self.loaded():
            for where, falsifier in loaded.falsifiers:
                yield loaded, contract, where, falsifier

    def test_modules(self) -> tuple[Module, ...]:
        """Files in the falsifier directories and files that are cited, by path."""
        modules = {module.path: module for module in self.index.tests()}
        for binding in self.bindings:
            path = binding.citation.split("::")[0]
            module = self.index.module(path) if path.endswith(".py") else None
            if module is not None:
                modules.setdefault(path, module)
        return tuple(modules[path] for path in sorted(modules))

    def test_code(self, function: Function) -> Iterator[Function]:
        """``function`` and the helpers it reaches in its file or in the falsifier directories."""
        for code in self.index.reached(function):
            if code.path == function.path or self._is_in("falsifiers", code.path):
                yield code

    def oracle_modules(self) -> Iterator[Module]:
        """Files in the oracle directories."""
        return (m for m in self.index.tests() if self._is_in("oracles", m.path))

    def may_be_cited(self, function: Function) -> bool:
        """True where a contract that was refused, or a part of it, may cite ``function``.

        What was refused has its own finding; what follows from that is none.
        """
        return any(
            function.name in loaded.document.text
            or PurePosixPath(function.path).stem == f"test_{loaded.name.replace('-', '_')}"
            for loaded in self.contracts
            if loaded.contract is None or loaded.document.dropped
        )

    def _is_in(self, option: str, path: str) -> bool:
        return self.workspace.is_in(option, self.workspace.root / path)
