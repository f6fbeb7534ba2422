"""Observation: what the plugin saw, as plain values that travel between processes as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pv.run.verdicts import Verdict

# Files by which the runner and its child talk, in a directory of their own.
REQUEST = "request.json"
RESULT = "result.json"

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One collected case. A cell is (falsifier key, implementation).

    The implementation is None where the test does not take one: then the case counts for every
    cell of the falsifier whose implementation the run enters.
    """

    id: str
    function: str
    cells: tuple[tuple[str, str | None], ...]
    is_deselected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What became of one collected case."""

    id: str
    verdict: Verdict
    reason: str = ""
    path: str = ""
    line: int = 0
    text: str = ""
    asserted: int = 0
    entered: tuple[str, ...] = ()
    """Implementations whose code ran, as ``contract/name``."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """How the collection of one test file ended, where it did not end well."""

    path: str
    verdict: Verdict
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A citation on which the AST index and pytest's collection differ."""

    citation: str
    message: str


@dataclass(slots=True, kw_only=True)
class Collection:
    """What pytest collected for the cited functions."""

    nodes: list[Node] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Observation:
    """What one pytest session saw of the falsifiers."""

    backend: str = "cpu"
    environment: dict[str, str] = field(default_factory=dict)
    collection: Collection = field(default_factory=Collection)
    cases: dict[str, Case] = field(default_factory=dict)


def collection_to_text(collection: Collection) -> str:
    """The collection as JSON, for the way from an xdist worker."""
    return json.dumps(asdict(collection), default=_word)


def collection_from_text(text: str) -> Collection:
    """Inverse of ``collection_to_text``."""
    return _collection(json.loads(text))


def to_text(observation: Observation) -> str:
    """The observation as JSON, for the way from the child to the runner."""
    data = {
        "version": _VERSION,
        "backend": observation.backend,
        "environment": observation.environment,
        "collection": asdict(observation.collection),
        "cases": [asdict(case) for case in observation.cases.values()],
    }
    return json.dumps(data, default=_word)


def from_text(text: str) -> Observation:
    """Inverse of ``to_text``; anything else raises ValueError, KeyError or TypeError."""
    data = json.loads(text)
    if data["version"] != _VERSION:
        raise ValueError(f"observation of version {data['version']}, not {_VERSION}")
    cases = [_case(entry) for entry in data["cases"]]
    return Observation(
        backend=data["backend"],
        environment=data["environment"],
        collection=_collection(data["collection"]),
        cases={case.id: case for case in cases},
    )


def _collection(data: Mapping[str, Any]) -> Collection:
    return Collection(
        nodes=[
            Node(**{**node, "cells": tuple((key, name) for key, name in node["cells"])})
            for node in data["nodes"]
        ],
        files=[File(**{**file, "verdict": Verdict(file["verdict"])}) for file in data["files"]],
        disagreements=[Disagreement(**entry) for entry in data["disagreements"]],
    )


def _case(entry: Mapping[str, Any]) -> Case:
    verdict, entered = Verdict(entry["verdict"]), tuple(entry["entered"])
    return Case(**{**entry, "verdict": verdict, "entered": entered})


def _word(value: object) -> object:
    if isinstance(value, Verdict):
        return value.value
    raise TypeError(f"not a value of an observation: {value!r}")
