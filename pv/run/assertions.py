"""Listening to assertions: rewritten asserts, ``pytest.raises``, ``numpy.testing``."""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
from _pytest.assertion import rewrite, util

from pv.workspace import Workspace

_OPTION = "enable_assertion_pass_hook"
_OWN_TAIL = ".pv"
_NUMPY = "numpy.testing"
_CONTEXTS = (pytest.RaisesExc, pytest.RaisesGroup)


class Listener(Protocol):
    """Who is told of assertions."""

    def asserted(self) -> None:
        """One held."""

    def refuted(self) -> None:
        """One did not hold, whatever becomes of its exception."""

    def expected(self) -> None:
        """``pytest.raises(AssertionError)`` caught the failure of one."""


def may_assert(path: Path, workspace: Workspace) -> bool:
    """True for tests and their helpers; what an oracle asserts is not what the test asserts."""
    return workspace.is_in("falsifiers", path) and not workspace.is_in("oracles", path)


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


def hear_rewritten_failures(
    is_test: Callable[[Path], bool], listener: Listener, undo: ExitStack
) -> None:
    """Tell of each rewritten assert that fails; pytest has a hook for those that hold only.

    Both kinds have their text made just before, so the listener hears of one that holds twice:
    first as refuted, and at once by the hook, which takes it back.
    """

    @functools.cache
    def is_heard(filename: str) -> bool:
        return is_test(Path(filename))

    def format_explanation(explanation: str) -> str:
        if is_heard(sys._getframe(1).f_code.co_filename):
            listener.refuted()
        return util.format_explanation(explanation)

    _replace(rewrite, "_format_explanation", format_explanation, undo)


def hear_calls(listener: Listener, undo: ExitStack) -> None:
    """Tell of ``pytest.raises`` and ``numpy.testing.assert_*``, whether they hold or not."""
    for kind in _CONTEXTS:
        _replace(kind, "__exit__", _heard_exit(kind.__exit__, listener), undo)
    wrap = functools.partial(_wrap_numpy, listener=listener, undo=undo)
    if module := sys.modules.get(_NUMPY):
        wrap(module)
    else:
        finder = _Finder(_NUMPY, wrap)
        sys.meta_path.insert(0, finder)
        undo.callback(_discard, finder)


def _heard_exit(original: Callable[..., bool], listener: Listener) -> Callable[..., bool]:
    @functools.wraps(original)
    def leave(context: Any, *arguments: Any) -> bool:
        __tracebackhide__ = True
        try:
            is_caught = original(context, *arguments)
        except BaseException:  # pytest's Failed is no Exception
            listener.refuted()
            raise
        if is_caught:
            if context.expected_exceptions == (AssertionError,):
                listener.expected()
            listener.asserted()
        return is_caught

    return leave


def _wrap_numpy(module: ModuleType, listener: Listener, undo: ExitStack) -> None:
    for name, function in list(vars(module).items()):
        if name.startswith("assert_") and callable(function):
            _replace(module, name, _heard(function, listener), undo)


def _heard(function: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    @functools.wraps(function)
    def check(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        try:
            result = function(*arguments, **options)
        except AssertionError:
            listener.refuted()
            raise
        listener.asserted()
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
