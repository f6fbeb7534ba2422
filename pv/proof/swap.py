"""Swap: other code for the functions of a running process, and their own code back again.

Functions are found as what they are, live objects with a certain code, and not by unwrapping what
stands under a name. So every shape is one: a method, a property's getter, what a decorator,
``jax.jit``, ``custom_vjp`` or ``lru_cache`` holds, and every closure made from the same code.
"""

from __future__ import annotations

import builtins
import functools
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from pv.proof.edit import DefaultEdit, Edited, NoEdit
from pv.proof.verdicts import VoidReason

_ANSWER = "__pv_answer__"

Key = tuple[str, str, int]
"""Real path, qualified name, first line: what a code object says of itself."""


class LeftoverError(Exception):
    """A function could not be given back its own code: nothing after this can be believed."""


@dataclass(frozen=True, slots=True)
class _Own:
    """What a function was made of."""

    function: FunctionType
    code: CodeType
    defaults: tuple[Any, ...] | None
    kwdefaults: dict[str, Any] | None

    @classmethod
    def of(cls, function: FunctionType) -> _Own:
        return cls(function, function.__code__, function.__defaults__, function.__kwdefaults__)

    def copy(self) -> FunctionType:
        """Another function that does the same."""
        function = self.function
        made = FunctionType(
            self.code, function.__globals__, function.__name__, self.defaults, function.__closure__
        )
        made.__kwdefaults__ = self.kwdefaults
        return made

    def restore(self) -> None:
        self.function.__code__ = self.code
        self.function.__defaults__ = self.defaults
        self.function.__kwdefaults__ = self.kwdefaults
        if self.function.__code__ is not self.code:
            raise LeftoverError(self.function.__qualname__)


class LiveFunctions:
    """The functions of a project that this process has made so far."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.join(os.path.realpath(root), "")
        self._found: dict[Key, list[FunctionType]] = {}
        self._real: dict[str, str] = {}
        self.caches: list[Any] = []
        """Every ``lru_cache`` around a function of the project."""

    def of(self, file: str, name: str, line: int, *, fresh: bool = False) -> list[FunctionType]:
        """Every live function with this code; ``fresh`` looks again for new closures."""
        key = (os.path.realpath(file), name, line)
        if fresh or key not in self._found:
            self._scan()
        return self._found.get(key, [])

    def named(self, file: str, name: str) -> list[FunctionType]:
        """Every live function of this qualified name; made anew, so it is looked for anew."""
        self._scan()
        real = os.path.realpath(file)
        return [f for key, found in self._found.items() if key[:2] == (real, name) for f in found]

    def _scan(self) -> None:
        self._found, self.caches = {}, []
        for thing in gc.get_objects():
            # By type and not by isinstance: a proxy's __class__ could run anything.
            if type(thing) is FunctionType and (key := self._key(thing)):
                self._found.setdefault(key, []).append(thing)
            elif type(thing) is functools._lru_cache_wrapper and self._key(thing.__wrapped__):
                self.caches.append(thing)

    def _key(self, function: object) -> Key | None:
        """Where the code of a function of the project stands; None for any other."""
        code = getattr(function, "__code__", None)
        if not isinstance(code, CodeType):
            return None
        file = self._realpath(code.co_filename)
        is_ours = file.startswith(self._root)
        return (file, code.co_qualname, code.co_firstlineno) if is_ours else None

    def _realpath(self, file: str) -> str:
        if file not in self._real:
            self._real[file] = os.path.realpath(file)
        return self._real[file]


@contextmanager
def swapped(functions: LiveFunctions, file: str, attribute: str, edited: Edited) -> Iterator[None]:
    """Run the block with the edited code in place; caches that may hold results are cleared."""
    changes = _changes(functions, file, attribute, edited)
    owns = [_Own.of(function) for function in changes]
    clear_caches(functions)
    try:
        for function, code in changes.items():
            function.__code__ = code
            if edited.default is not None and function.__qualname__ == attribute:
                _set_default(function, edited.default)
        yield
    finally:
        for own in owns:
            own.restore()
        clear_caches(functions)


@contextmanager
def intercepted(
    functions: LiveFunctions, file: str, name: str, result: Callable[..., Any]
) -> Iterator[None]:
    """Run the block with ``result(call, inputs)`` in place of every call of a function."""
    found = functions.named(file, name)
    if not found:
        raise NoEdit(VoidReason.UNPATCHABLE, f"no live function runs the code of {name}")
    owns = [_Own.of(function) for function in found]
    originals = [own.copy() for own in owns]

    def answer(number: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        original = originals[number]
        return result(lambda: original(*arguments, **keywords), (*arguments, *keywords.values()))

    clear_caches(functions)
    setattr(builtins, _ANSWER, answer)
    try:
        for number, function in enumerate(found):
            function.__code__ = _asking(number, function.__code__)
            function.__defaults__ = function.__kwdefaults__ = None
        yield
    finally:
        for own in owns:
            own.restore()
        delattr(builtins, _ANSWER)
        clear_caches(functions)


def _asking(number: int, code: CodeType) -> CodeType:
    """Code with the free variables of ``code`` that hands its arguments to ``answer``."""
    free = ", ".join(code.co_freevars)
    text = (
        f"def outer({free}):\n"
        f"    def inner(*arguments, **keywords):\n"
        f"        {free or 'pass'}\n"
        f"        return {_ANSWER}({number}, arguments, keywords)\n"
    )
    outer = compile(text, "<extreme>", "exec").co_consts[0]
    return next(constant for constant in outer.co_consts if isinstance(constant, CodeType))


def clear_caches(functions: LiveFunctions) -> None:
    """Drop what was computed: JAX's traces and compilations, and every ``lru_cache`` of ours."""
    jax = sys.modules.get("jax")
    if jax is not None:
        jax.clear_caches()  # all of them: one function's own leaves jits nested in it stale
    for cached in functions.caches:
        cached.cache_clear()


def _changes(
    functions: LiveFunctions, file: str, attribute: str, edited: Edited
) -> dict[FunctionType, CodeType]:
    """The functions to change, each with its new code."""
    pairs = edited.pairs(attribute)
    changes = {}
    for (name, line), code in pairs.items():
        for function in functions.of(file, name, line, fresh=len(pairs) > 1):
            if function.__code__.co_freevars != code.co_freevars:
                detail = f"{name} closes over other names once it is edited"
                raise NoEdit(VoidReason.UNPATCHABLE, detail)
            changes[function] = code
    if not changes:
        raise NoEdit(VoidReason.UNPATCHABLE, f"no live function runs the code of {attribute}")
    return changes


def _set_default(function: FunctionType, default: DefaultEdit) -> None:
    """Evaluate the new default where the function was defined."""
    value = eval(default.code, function.__globals__)  # the contract's author wrote it
    if default.keyword:
        function.__kwdefaults__ = {**(function.__kwdefaults__ or {}), default.keyword: value}
    else:
        defaults = list(function.__defaults__ or ())
        defaults[default.position] = value
        function.__defaults__ = tuple(defaults)
