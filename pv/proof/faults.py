"""Faults: put the fault of an experiment in place in this process, and take it away again."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from pv import patched
from pv.proof.edit import IN_PROCESS, NoEdit, Source
from pv.proof.experiment import Experiment, Place, read_source
from pv.proof.extreme import Extreme
from pv.proof.swap import LiveFunctions, clear_caches, intercepted, swapped
from pv.proof.verdicts import VoidReason
from pv.run.fixtures import Context


class Faults:
    """What a worker needs to put faults in place, and whether the one there had an effect."""

    def __init__(
        self, root: Path, folder: Path, context: Context, patch: Path | None = None
    ) -> None:
        self._functions = LiveFunctions(root)
        self._folder = folder
        self._context = context
        self._sources: dict[str, Source] = {}
        self._numbers = count()
        self._was_reached = False
        self._born_with = patch
        """The patch that this process was started with."""
        self._patch = patch
        self._extreme: Extreme | None = None
        patched.set_reached(self._reach)

    def forget(self) -> None:
        """Start to look anew whether the fault is reached."""
        self._was_reached = False
        if self._patch is not None and self._patch != self._born_with:
            patched.forget_reached(self._patch)
        if self._extreme is not None:
            self._extreme.has_differed = False

    def was_reached(self) -> bool:
        """True where the changed place ran, or changed a result, since ``forget``."""
        if self._extreme is not None:
            return self._extreme.has_differed
        return self._was_reached or (self._patch is not None and patched.was_reached(self._patch))

    @contextmanager
    def in_place(self, experiment: Experiment, fixtures: Set[str]) -> Iterator[None]:
        """Run the block under the fault; ``fixtures`` are those that its tests take."""
        with ExitStack() as stack:
            if experiment.place is Place.RESULT:
                takes = "implementation" in fixtures
                stack.enter_context(self._changed_results(experiment, takes_implementation=takes))
            if experiment.place is Place.CODE:
                stack.enter_context(self._changed_code(experiment))
            if experiment.place is Place.COMMAND or (experiment.edit and "cli" in fixtures):
                stack.enter_context(self._changed_commands(experiment))
            yield

    @contextmanager
    def _changed_results(
        self, experiment: Experiment, *, takes_implementation: bool
    ) -> Iterator[None]:
        """Change what tests get from the fixture, or from the function itself."""
        extreme = self._extreme = Extreme(experiment.mutant)

        def instead(key: str, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
            if key != experiment.implementation:
                return function(**arguments)
            return extreme(lambda: function(**arguments), arguments.values())

        try:
            if takes_implementation:
                clear_caches(self._functions)
                self._context.instead = instead
                yield
            else:
                with intercepted(self._functions, experiment.file, experiment.name, extreme):
                    yield
        finally:
            self._context.instead = None
            self._extreme = None
            clear_caches(self._functions)

    @contextmanager
    def _changed_code(self, experiment: Experiment) -> Iterator[None]:
        assert experiment.edit is not None
        edited = self._source(experiment.file).edited(experiment.edit)
        try:
            importlib.import_module(experiment.target.partition(":")[0])
        except Exception as error:
            raise NoEdit(VoidReason.IMPORT, f"{type(error).__name__}: {error}") from error
        with swapped(self._functions, experiment.file, experiment.edit.attribute, edited):
            yield

    @contextmanager
    def _changed_commands(self, experiment: Experiment) -> Iterator[None]:
        assert experiment.edit is not None
        path = self._patch = self._folder / f"{next(self._numbers)}.patch"
        code = self._source(experiment.file).module(experiment.edit, path)
        patched.write_patch(path, experiment.file, code)
        before = os.environ.get(patched.VARIABLE)
        os.environ[patched.VARIABLE] = patched.together_with(path)
        try:
            yield
        finally:
            del os.environ[patched.VARIABLE]
            if before is not None:  # a proof of pv runs us
                os.environ[patched.VARIABLE] = before
            self._patch = None

    def _source(self, file: str) -> Source:
        if file not in self._sources:
            self._sources[file] = read_source(file)
        return self._sources[file]

    def _reach(self, patch: str) -> None:
        """Note that a changed place ran: one of ours, or one of those who prove us."""
        if patch in (IN_PROCESS, str(self._born_with)):
            self._was_reached = True
        else:
            patched.mark_reached(patch)
