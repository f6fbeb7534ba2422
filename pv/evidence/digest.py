"""Digest: the key of a falsifier, made of everything that its result depends on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pv
from pv.binding.collection import matches
from pv.binding.index import Index
from pv.binding.module import Function
from pv.cache import digest
from pv.contract.model import Contract, Falsifier
from pv.evidence.closure import closure, files_reached
from pv.evidence.code import cited_digest, code_digest

# The parts of pv that decide what a record says.
_TOOL = ("run", "proof")
# Enough of a file's digest to tell which of a part's files changed.
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a key, with the first digits of the digest of each file that it is made of."""

    digest: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """Digests of everything that a falsifier's result depends on, by part."""

    parts: Mapping[str, Part]

    @property
    def digest(self) -> str:
        """The key itself."""
        return _of_json({name: part.digest for name, part in self.parts.items()})


_TOOL_PARTS: WeakKeyDictionary[Index, Part] = WeakKeyDictionary()


def key_of(
    contract: Contract, falsifier: Falsifier, functions: Iterable[Function], index: Index
) -> Key:
    """Key of ``falsifier``, whose citations resolve to ``functions``."""
    functions = tuple(functions)
    reached = {f.node_id: f for function in functions for f in index.reached(function)}
    tests, subjects = _files(contract, falsifier, functions, index)
    return Key(
        {
            "contract": Part(_of_json(_entry(contract, falsifier)), {}),
            "test": _test_part(tests, functions, reached, index),
            "impl": _part({path: _code(path, index) for path in subjects}),
            "mutants": Part(_of_json([_plain(m) for m in _mutants(contract, falsifier)]), {}),
            "tool": _tool_part(index),
        }
    )


def _entry(contract: Contract, falsifier: Falsifier) -> dict[str, Any]:
    """The falsifier with everything in the contract that gives it its meaning."""
    equations = {n: contract.equations[n] for n in falsifier.covers if n in contract.equations}
    implementations = contract.implementations_of(falsifier)
    owed = [o for o in contract.proof_obligations if o.id and o.id == falsifier.obligation]
    return {
        "falsifier": _plain(falsifier),
        "equations": {name: _plain(equation) for name, equation in equations.items()},
        "implementations": {name: _plain(entry) for name, entry in implementations.items()},
        "obligation": [_plain(obligation) for obligation in owed],
    }


def _files(
    contract: Contract,
    falsifier: Falsifier,
    functions: tuple[Function, ...],
    index: Index,
) -> tuple[frozenset[str], frozenset[str]]:
    """Files on the side of the test, and files on the side of what is tested."""
    targets = [mutant.target for mutant in _mutants(contract, falsifier)]
    mutated = {path for t in targets for path in index.files_of(t.partition(":")[0])}
    everything = files_reached(contract, falsifier, functions, index) | closure(mutated, index)
    workspace = index.workspace
    cited = {function.path for function in functions}
    tests = {
        path
        for path in everything
        if path in cited
        or workspace.is_in("falsifiers", workspace.root / path)
        or path.endswith("conftest.py")
    }
    return frozenset(tests), everything - tests


def _test_part(
    paths: frozenset[str],
    functions: tuple[Function, ...],
    reached: Mapping[str, Function],
    index: Index,
) -> Part:
    patterns = index.workspace.pytest.python_functions
    kept = frozenset(function.name for function in reached.values())
    cited = {function.path for function in functions}
    files = {
        path: cited_digest(
            index.source(path), kept, lambda name: matches(name, patterns), index.cache
        )
        if path in cited
        else _code(path, index)
        for path in paths
    }
    # Which of the functions are cited is in the contract part.
    return _part(files)


def _mutants(contract: Contract, falsifier: Falsifier) -> list[Any]:
    mine = [mutant for mutant in contract.mutants if mutant.id in falsifier.mutants]
    return sorted(mine, key=lambda mutant: mutant.id)


def _tool_part(index: Index) -> Part:
    """The same for all keys of a project, and read once for them."""
    if index not in _TOOL_PARTS:
        package = Path(pv.__file__).parent
        files = [file for name in _TOOL for file in (package / name).rglob("*.py")]
        _TOOL_PARTS[index] = _part(
            {
                f"pv/{file.relative_to(package).as_posix()}": code_digest(
                    file.read_bytes(), index.cache
                )
                for file in [*files, package / "patched.py"]
            }
        )
    return _TOOL_PARTS[index]


def _code(path: str, index: Index) -> str:
    return code_digest(index.source(path), index.cache)


def _part(files: Mapping[str, str]) -> Part:
    ordered = dict(sorted(files.items()))
    return Part(_of_json(ordered), {path: code[:_SHOWN] for path, code in ordered.items()})


def _plain(value: Any) -> Any:
    """Plain data of a contract's entry; what is not written there stays out.

    So a key of the schema that is added later changes the digest of no contract without it.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _of_json(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return digest(text.encode("utf-8", "surrogatepass"))
