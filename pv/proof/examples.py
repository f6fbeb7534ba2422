"""Examples: what Hypothesis draws while a falsifier is proved."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Longest collection drawn where a strategy names no largest size that Hypothesis could fill.
LARGEST_UNBOUNDED = 100
_LARGEST_BOUND = 8192
# Below 1, because Hypothesis refuses to end what goes on with certainty.
_ALMOST_SURE = 1 - 1e-9

_OWN_SETTINGS = "_hypothesis_internal_use_settings"


def calm(items: Iterable[pytest.Item]) -> None:
    """The same examples in every run, none from earlier runs, and no time spent on shrinking."""
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is None:
        return

    def calmed(parent: Any) -> Any:
        phases = [
            phase
            for phase in parent.phases
            if phase not in (hypothesis.Phase.shrink, hypothesis.Phase.explain)
        ]
        # A fault makes JAX compile anew, which no deadline foresees.
        return hypothesis.settings(
            parent, database=None, derandomize=True, deadline=None, phases=phases
        )

    hypothesis.settings.register_profile("pv-prove", calmed(hypothesis.settings()))
    hypothesis.settings.load_profile("pv-prove")
    for item in items:
        function = _function(item)
        own = getattr(function, _OWN_SETTINGS, None)
        if own is not None:
            setattr(function, _OWN_SETTINGS, calmed(own))


def are_drawn(item: pytest.Item) -> bool:
    """True where Hypothesis draws what the test is called with."""
    return bool(getattr(_function(item), "is_hypothesis_test", False))


class MovedError(Exception):
    """Hypothesis has changed inside: sizes cannot be drawn first."""


@contextmanager
def size_first(items: Iterable[pytest.Item]) -> Iterator[None]:
    """Let every collection draw its length within its bounds, and then that many elements.

    By itself Hypothesis asks after each element whether there is another one, so that a list of up
    to 64 hardly ever holds more than 20. Raises MovedError where this cannot be had.
    """
    hypothesis = sys.modules["hypothesis"]
    many, data = _internals()
    lax = {"suppress_health_check": list(hypothesis.HealthCheck)}  # long is what they shall be
    with pytest.MonkeyPatch.context() as patch:
        for function in map(_function, items):
            own = getattr(function, _OWN_SETTINGS, None)
            if own is not None:
                patch.setattr(function, _OWN_SETTINGS, hypothesis.settings(own, **lax))
        patch.setattr(many, "__init__", _sized_many(many.__init__))
        for name in ("draw_string", "draw_bytes"):
            patch.setattr(data, name, _sized_draw(getattr(data, name)))
        yield


def _internals() -> tuple[Any, Any]:
    """The two classes of Hypothesis that decide how long a collection is."""
    try:
        from hypothesis.internal.conjecture.data import ConjectureData
        from hypothesis.internal.conjecture.utils import many

        wanted: dict[Callable[..., Any], tuple[str, ...]] = {
            many.__init__: ("data", "min_size", "max_size", "forced", "observe"),
            ConjectureData.draw_string: ("min_size", "max_size", "forced"),
            ConjectureData.draw_bytes: ("min_size", "max_size", "forced"),
            ConjectureData.draw_integer: ("min_value", "max_value"),
        }
    except (ImportError, AttributeError) as error:
        raise MovedError(str(error)) from error
    for function, names in wanted.items():
        parameters = inspect.signature(function).parameters
        if missing := [name for name in names if name not in parameters]:
            raise MovedError(f"{function.__qualname__} takes no {missing[0]}")
    return many, ConjectureData


def _sized_many(init: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(init)

    def sized(self: Any, *arguments: Any, **keywords: Any) -> None:
        init(self, *arguments, **keywords)
        bound = signature.bind(self, *arguments, **keywords)
        bound.apply_defaults()
        given = bound.arguments
        # What is not observed happens inside a single draw, whose size was drawn before.
        if given["observe"] and given["forced"] is None and self.min_size < self.max_size:
            self.max_size = _size(given["data"], self.min_size, self.max_size)
            self.p_continue = _ALMOST_SURE

    return sized


def _sized_draw(draw: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(draw)

    def sized(*arguments: Any, **keywords: Any) -> Any:
        bound = signature.bind(*arguments, **keywords)
        bound.apply_defaults()
        given = bound.arguments
        if given["forced"] is None and given["min_size"] < given["max_size"]:
            size = _size(given["self"], given["min_size"], given["max_size"])
            given["min_size"] = given["max_size"] = size
        return draw(*bound.args, **bound.kwargs)

    return sized


def _size(data: Any, least: int, most: float) -> int:
    largest = int(most) if most <= _LARGEST_BOUND else least + LARGEST_UNBOUNDED
    size: int = data.draw_integer(least, largest)
    return size


def _function(item: pytest.Item) -> Any:
    """What the test's decorators have set their marks on."""
    obj = getattr(item, "obj", None)
    return getattr(obj, "__func__", obj)
