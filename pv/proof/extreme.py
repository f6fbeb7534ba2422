"""Extreme mutants: results that no honest test of a function can accept.

Each result keeps the clean one's structure, shapes and dtypes, so that no shape check kills it, and
is built with the array module of what it replaces, so that it works under jit, vmap and grad.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any

KINDS = ("zeros", "first-input", "constant", "nan")

_CONSTANT = 1


class Extreme:
    """Stands between a test and an implementation, and changes every result."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.has_differed = False
        """A result was not what it would have been, as far as that could be seen."""

    def __call__(self, call: Callable[[], Any], inputs: Iterable[Any]) -> Any:
        """The changed result of a call that was given ``inputs``."""
        clean = call()
        first = next(iter(_leaves(next(iter(inputs), 0))), 0)
        changed = _map(lambda leaf: _changed(leaf, self._kind, first), clean)
        pairs = zip(_leaves(clean), _leaves(changed), strict=True)
        self.has_differed |= any(not _is_equal(old, new) for old, new in pairs)
        return changed


def _map(change: Callable[[Any], Any], value: Any) -> Any:
    jax = sys.modules.get("jax")
    if jax is not None:
        return jax.tree.map(change, value)
    if isinstance(value, dict):
        return {key: _map(change, item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_map(change, item) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(_map(change, item) for item in value)
    return change(value)


def _leaves(value: Any) -> list[Any]:
    found: list[Any] = []
    _map(found.append, value)
    return found


def _changed(leaf: Any, kind: str, first: Any) -> Any:
    """``leaf`` gives way to the extreme of ``kind``; what cannot be changed stays."""
    module = _array_module(leaf)
    if module is not None:
        return _changed_array(module, leaf, kind, first)
    if isinstance(leaf, bool | int | float | complex):
        return _changed_number(leaf, kind, first)
    if isinstance(leaf, str | bytes):
        same = isinstance(first, type(leaf)) and kind == "first-input"
        return first if same else leaf[:0]
    return leaf


def _changed_array(module: Any, leaf: Any, kind: str, first: Any) -> Any:
    if kind == "zeros":
        return module.zeros_like(leaf)
    if kind == "constant":
        return module.full_like(leaf, _CONSTANT)
    if kind == "nan":
        is_inexact = module.issubdtype(leaf.dtype, module.inexact)
        return module.full_like(leaf, math.nan) if is_inexact else leaf
    if isinstance(first, str | bytes) or first is None:
        return leaf
    # Repeated or cut to the result's shape, so that it is the values alone that are wrong.
    return module.resize(module.asarray(first), leaf.shape).astype(leaf.dtype)


def _changed_number(leaf: Any, kind: str, first: Any) -> Any:
    kind_of = type(leaf)
    if kind == "zeros":
        return kind_of(0)
    if kind == "constant":
        return kind_of(_CONSTANT)
    if kind == "nan":
        return kind_of(math.nan) if isinstance(leaf, float | complex) else leaf
    try:
        return kind_of(first)
    except (TypeError, ValueError, OverflowError):  # the first input is no such number
        return leaf


def _array_module(leaf: Any) -> Any:
    """NumPy or jax.numpy, whichever the array (or a tracer of it) belongs to; None for neither."""
    jax, numpy = sys.modules.get("jax"), sys.modules.get("numpy")
    if jax is not None and isinstance(leaf, jax.Array):
        return jax.numpy
    if numpy is not None and isinstance(leaf, numpy.ndarray | numpy.generic):
        return numpy
    return None


def _is_equal(old: Any, new: Any) -> bool:
    """True where two leaves are known to be the same; the values behind a tracer are not known."""
    if old is new:
        return True
    jax = sys.modules.get("jax")
    if jax is not None and (isinstance(old, jax.core.Tracer) or isinstance(new, jax.core.Tracer)):
        return False
    module = _array_module(old)
    if module is not None:
        numpy = sys.modules["numpy"]
        return bytes(numpy.asarray(old).tobytes()) == bytes(numpy.asarray(new).tobytes())
    return type(old) is type(new) and repr(old) == repr(new)
