"""Counting evaluated assertions: rewritten asserts, ``pytest.raises``, ``numpy.testing``."""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest.assertion import rewrite

_OPTION = "enable_assertion_pass_hook"
_OWN_TAIL = ".pv"
_NUMPY = "numpy.testing"
_CONTEXTS = (pytest.RaisesExc, pytest.RaisesGroup)


def see_rewritten_asserts(is_test: Callable[[Path], bool], undo: ExitStack) -> None:
    """Have pytest report each assert that passes in the files that ``is_test`` accepts.

    pytest also rewrites the libraries of its plugins: Hypothesis evaluates hundreds of asserts a
    case, which must not pass for the test's own. And it caches rewritten modules without regard to
    the option, so one from an earlier run would report nothing; ours get a name of their own.
    Neither has a public interface. Should one move, asserts go unseen: red, never green.
    """
    original = rewrite._rewrite_test

    def rewrite_test(path: Path, config: pytest.Config) -> Any:
        config._inicache[_OPTION] = is_test(path)
        return original(path, config)

    _replace(rewrite, "_rewrite_test", rewrite_test, undo)
    tail = rewrite.PYC_TAIL.removeprefix(_OWN_TAIL)
    _replace(rewrite, "PYC_TAIL", _OWN_TAIL + tail, undo)


def count_calls(asserted: Callable[[], None], undo: ExitStack) -> None:
    """Count ``pytest.raises`` that caught and ``numpy.testing.assert_*`` that returned."""
    for kind in _CONTEXTS:
        _replace(kind, "__exit__", _counted_exit(kind.__exit__, asserted), undo)
    wrap = functools.partial(_wrap_numpy, asserted=asserted, undo=undo)
    if module := sys.modules.get(_NUMPY):
        wrap(module)
    else:
        finder = _Finder(_NUMPY, wrap)
        sys.meta_path.insert(0, finder)
        undo.callback(_discard, finder)


def _counted_exit(
    original: Callable[..., bool], asserted: Callable[[], None]
) -> Callable[..., bool]:
    @functools.wraps(original)
    def leave(*arguments: Any) -> bool:
        __tracebackhide__ = True
        is_caught = original(*arguments)
        if is_caught:
            asserted()
        return is_caught

    return leave


def _wrap_numpy(module: ModuleType, asserted: Callable[[], None], undo: ExitStack) -> None:
    for name, function in list(vars(module).items()):
        if name.startswith("assert_") and callable(function):
            _replace(module, name, _counted(function, asserted), undo)


def _counted(function: Callable[..., Any], asserted: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(function)
    def check(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        result = function(*arguments, **options)
        asserted()
        return result

    return check


def _replace(owner: object, name: str, value: object, undo: ExitStack) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, value)


def _discard(finder: importlib.abc.MetaPathFinder) -> None:
    if finder in sys.meta_path:
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    """Calls ``then`` with the module right after it was imported, before anyone else sees it."""

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self._then)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, then: Callable[[ModuleType], None]) -> None:
        super().__init__(fullname, path)
        self._then = then

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self._then(module)
