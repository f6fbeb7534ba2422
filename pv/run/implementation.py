"""The callables that tests get: an implementation, entered under its equation's signature only."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import pytest

from pv.run.cells import PlannedCell

Instead = Callable[[str, Callable[..., Any], Mapping[str, Any]], Any]
"""Takes the key of an implementation, the implementation, and its arguments."""


class ImplementationCell:
    """An implementation as a test sees it: a callable that takes keyword arguments.

    Calls must give exactly the arguments of the covered equation's ``signature``: a test that
    leaned on one implementation's own convention would not judge the others.
    """

    def __init__(
        self, cell: PlannedCell, entered: Callable[[str], None], instead: Instead | None = None
    ) -> None:
        assert cell.implementation is not None
        self.name = cell.implementation
        self.target = cell.target
        self.dtype = cell.dtype
        self._key = cell.key
        self._signatures = cell.signatures
        self._entered = entered
        self._instead = instead
        self._function = load_target(cell.target)

    def __call__(self, /, *positional: Any, **arguments: Any) -> Any:
        """Call the implementation with the arguments of its equation.

        A wrong call fails the test. An exception would be taken for a refusal of the
        implementation by a test that expects one.
        """
        if positional:
            pytest.fail(f"{self.name} was called with positional arguments; it takes keywords")
        if self._signatures and frozenset(arguments) not in self._signatures:
            expected = " or ".join(f"({', '.join(sorted(s))})" for s in self._signatures)
            pytest.fail(
                f"{self.name} was called with ({', '.join(sorted(arguments))}), but the signature "
                f"of the covered equation is {expected}"
            )
        self._entered(self._key)
        if self._instead is not None:
            return self._instead(self._key, self._function, arguments)
        return self._function(**arguments)

    def __repr__(self) -> str:
        return f"<implementation {self.name} {self.target}>"


def load_target(target: str) -> Callable[..., Any]:
    """Import ``module:attribute``."""
    module, _, attribute = target.partition(":")
    function: Callable[..., Any] = attrgetter(attribute)(importlib.import_module(module))
    return function
