"""The fixtures of the plugin: ``falsifier``, ``implementation`` and ``cli``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from pv.contract.model import Falsifier
from pv.run.cells import PlannedCell, PlannedFalsifier
from pv.run.cli_fixture import Cli
from pv.run.implementation import ImplementationCell, Instead


@dataclass(frozen=True, slots=True)
class FalsifierView:
    """The falsifier as its test sees it; nothing in it can be changed."""

    id: str
    rule: str
    prediction: str
    params: Mapping[str, Any]


@dataclass(slots=True)
class Context:
    """What the fixtures need of the session."""

    root: Path
    entered: Callable[[str], None]
    """Told the key of every implementation that is entered."""
    instead: Instead | None = None
    """Called in place of implementations: a proof changes their results."""


CONTEXT = pytest.StashKey[Context]()


# What a test must get from here and nowhere else.
RESERVED = ("falsifier", "implementation", "cli")


# Session scope: Hypothesis refuses fixtures of function scope.
@pytest.fixture(scope="session")
def falsifier(request: pytest.FixtureRequest) -> FalsifierView:
    """The falsifier that cites this test: .id, .rule, .prediction, .params."""
    planned = getattr(request, "param", None)
    if not isinstance(planned, PlannedFalsifier):
        pytest.fail("no contract cites this test, so there is no falsifier", pytrace=False)
    return view(planned.falsifier)


@pytest.fixture(scope="session")
def implementation(request: pytest.FixtureRequest) -> ImplementationCell:
    """One implementation of the covered equations; call it with keyword arguments."""
    cell = getattr(request, "param", None)
    if not isinstance(cell, PlannedCell):
        pytest.fail(
            "no falsifier that cites this test covers an equation with implementations",
            pytrace=False,
        )
    context = request.config.stash[CONTEXT]
    return ImplementationCell(cell, context.entered, context.instead)


@pytest.fixture(scope="session")
def cli(request: pytest.FixtureRequest) -> Cli:
    """Run a command of the project: ``cli("pv", "validate", path).exit_code``."""
    return Cli(request.config.stash[CONTEXT].root)


def replaced(item: pytest.Function) -> str:
    """Who put another fixture in the place of one of these; empty where nobody did."""
    for name in RESERVED:
        definitions = item._fixtureinfo.name2fixturedefs.get(name)
        if definitions and definitions[-1].func.__module__ != __name__:
            code = getattr(definitions[-1].func, "__code__", None)
            place = f"{code.co_filename}:{code.co_firstlineno}" if code else "other code"
            return f"the fixture {name!r} is replaced by {place}, so the contract's is not used"
    return ""


def view(falsifier: Falsifier) -> FalsifierView:
    """Make the read-only view of a falsifier."""
    params = _frozen(falsifier.params or {})
    return FalsifierView(falsifier.id, falsifier.rule, falsifier.prediction, params)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    return value
