"""Worker: a pytest session that runs experiments as it is told, instead of its tests once."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

from pv import patched
from pv.proof import examples
from pv.proof.case import CaseEnd, End, run_under_fault
from pv.proof.edit import NoEdit
from pv.proof.experiment import Experiment
from pv.proof.faults import Faults
from pv.proof.limits import limited_memory
from pv.proof.messages import Message, decode, encode, to_experiment
from pv.run import worlds
from pv.run.collecting import NODE
from pv.run.fixtures import CONTEXT
from pv.run.observation import Case, collection_to_text
from pv.run.session import FalsifierSession
from pv.run.verdicts import Verdict

_Drawn = dict[str, list[pytest.Item]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--pv-proof`` is how ``pv prove`` talks to its workers."""
    group = parser.getgroup("pv")
    group.addoption("--pv-proof", metavar="IN,OUT,PATCH", help="set by `pv prove`; not for people")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Take the session over."""
    *numbers, patch = config.getoption("pv_proof").split(",", 2)
    reader, writer = map(int, numbers)
    for number in (reader, writer):
        os.set_inheritable(number, False)  # a child that outlives us must not keep the pipe open
    worker = Worker(config, reader, writer, Path(patch) if patch else None)
    config.pluginmanager.register(worker, "pv-proof-worker")


class _Judged(NamedTuple):
    """A falsifier under a fault."""

    red: list[str]
    """Cases that were not green."""
    is_reached: bool


class Worker:
    """Runs the experiments that arrive on one pipe, and tells on the other what it sees."""

    def __init__(self, config: pytest.Config, reader: int, writer: int, patch: Path | None) -> None:
        self._config = config
        self._patch = patch
        self._reader = os.fdopen(reader, "rb")
        self._writer = os.fdopen(writer, "wb", buffering=0)
        self._items: dict[str, list[pytest.Item]] = {}
        self._clean: dict[str, Case] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> NoReturn:
        """Serve until the prover ends this process."""
        folder = Path(self._config.getoption("pv_session"))
        context = self._config.stash[CONTEXT]
        self._faults = Faults(self._config.rootpath, folder, context, self._patch)
        examples.calm(session.items)
        for item in session.items:
            for key in dict.fromkeys(key for key, _ in item.stash[NODE].cells):
                self._items.setdefault(key, []).append(item)
        self._say(
            "ready",
            collection=collection_to_text(self._session().collection),
            nodes=list(self._items),
            backend=worlds.backend(),
            environment=worlds.environment(),
            has_patched=self._patch is not None and patched.has_patched(self._patch),
        )
        told: queue.SimpleQueue[Message] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(told,), daemon=True).start()
        while True:
            self._serve(told.get())
            self._say("done")

    def _listen(self, told: queue.SimpleQueue[Message]) -> None:
        """Hand messages on. When the prover is gone, so are we, and all that a test has started."""
        with suppress(OSError, ValueError):
            for line in self._reader:
                told.put(decode(line))
        os.killpg(0, signal.SIGKILL)

    def _serve(self, message: Message) -> None:
        experiment = to_experiment(message["experiment"])
        match message["do"]:
            case "baseline":
                for key in experiment.falsifiers:
                    self._baseline(key)
            case "patched":
                self._patched(experiment, message["seconds"])
            case "experiment":
                self._experiment(experiment)
            case "size-first":
                self._confirm_size_first(experiment)

    def _experiment(self, experiment: Experiment) -> None:
        green = [key for key in experiment.falsifiers if self._baseline(key)]
        for key in [key for key in green if not self._measured(key, experiment)]:
            self._say("absent", falsifier=key)
            green.remove(key)
        if not green:
            return
        try:
            survived = self._under_fault(experiment, green)
            if survived and not experiment.is_extreme:
                self._siblings(experiment)
                self._size_first(
                    experiment, [k for k, found in survived.items() if found.is_reached]
                )
        except NoEdit as error:
            self._say("void", reason=error.reason.value, detail=error.detail)

    def _patched(self, experiment: Experiment, seconds: dict[str, float]) -> None:
        """Judge each falsifier in a process whose code is faulty from the start."""
        judged = {key: self._judge(key, experiment, seconds[key]) for key in experiment.falsifiers}
        unasserted = [key for key, found in judged.items() if found.is_reached and not found.red]
        self._red_size_first(experiment, self._drawn(experiment, unasserted), seconds)

    def _under_fault(self, experiment: Experiment, keys: Iterable[str]) -> dict[str, _Judged]:
        """Judge each falsifier under the fault; the ones that noticed nothing."""
        with self._in_place(experiment, keys):
            judged = {key: self._judge(key, experiment) for key in keys}
        self._green_again(case for found in judged.values() for case in found.red)
        return {key: found for key, found in judged.items() if not found.red}

    def _siblings(self, experiment: Experiment) -> None:
        """What else of the contract goes red: it may be another falsifier that notices."""
        others = [
            key
            for key in self._items
            if key.startswith(f"{experiment.contract}/") and key not in experiment.falsifiers
        ]
        green = [key for key in others if self._baseline(key)]
        red = []
        with self._in_place(experiment, green):
            for key in green:
                for item in self._measured(key, experiment):
                    self._say("limit", seconds=self._clean[item.nodeid].seconds)
                    end = run_under_fault(item, experiment.raises)
                    if end.end is not End.GREEN:
                        red.append(end.id)
                        self._say("sibling", falsifier=key, case=asdict(end))
        self._green_again(red)

    def _size_first(self, experiment: Experiment, keys: Iterable[str]) -> None:
        """Try falsifiers that ran the faulty code and passed on larger examples."""
        drawn = self._drawn(experiment, keys)
        if drawn:
            seconds = {key: self._clean_seconds(items) for key, items in drawn.items()}
            with self._in_place(experiment, drawn):
                red = self._red_size_first(experiment, drawn, seconds)
            self._green_again(red)

    def _red_size_first(
        self, experiment: Experiment, drawn: _Drawn, seconds: dict[str, float]
    ) -> list[str]:
        """Say which falsifiers notice the fault that is in place; what it turned red."""
        red = []
        for key, items in drawn.items():
            self._say("limit", seconds=seconds[key])
            ends = _run_size_first(items, experiment.raises)
            red += [end.id for end in ends if end.end is not End.GREEN]
            if any(end.end is End.KILLED for end in ends):
                self._say("size-first-red", falsifier=key)
        return red

    def _confirm_size_first(self, experiment: Experiment) -> None:
        """Say which falsifiers pass on larger examples of the clean code: the fault made it red."""
        green = [key for key in experiment.falsifiers if self._baseline(key)]
        for key, items in self._drawn(experiment, green).items():
            self._say("limit", seconds=self._clean_seconds(items))
            ends = _run_size_first(items)
            if ends and all(end.end is End.GREEN for end in ends):
                self._say("size-first", falsifier=key)

    def _drawn(self, experiment: Experiment, keys: Iterable[str]) -> _Drawn:
        """The cases that Hypothesis draws, of the falsifiers that have any."""
        drawn = {
            key: [item for item in self._measured(key, experiment) if examples.are_drawn(item)]
            for key in keys
        }
        return {key: items for key, items in drawn.items() if items}

    def _judge(self, key: str, experiment: Experiment, seconds: float | None = None) -> _Judged:
        items = self._measured(key, experiment)
        if seconds is None:
            seconds = self._clean_seconds(items)
        self._say("limit", seconds=seconds, falsifier=key)
        self._faults.forget()
        ends = []
        for item in items:
            end = run_under_fault(item, experiment.raises)
            ends.append(end)
            self._say("case", falsifier=key, case=asdict(end))
        is_reached = self._faults.was_reached()
        self._say("judged", falsifier=key, reached=is_reached)
        return _Judged([end.id for end in ends if end.end is not End.GREEN], is_reached)

    def _green_again(self, red: Iterable[str]) -> None:
        """What the fault turned red must be green without it, or nothing here can be believed."""
        items = {item.nodeid: item for items in self._items.values() for item in items}
        for node_id in dict.fromkeys(red):
            self._say("restored", case=node_id, seconds=self._clean[node_id].seconds)
            end = run_under_fault(items[node_id])
            if end.end is not End.GREEN:
                self._say("leftover", case=asdict(end))

    def _measured(self, key: str, experiment: Experiment) -> list[pytest.Item]:
        """The cases of a falsifier that an experiment is about, and whose world is here."""
        name = experiment.implementation.rpartition("/")[2]
        chosen = []
        for item in self._items.get(key, ()):
            cells = {cell for owner, cell in item.stash[NODE].cells if owner == key}
            case = self._clean.get(item.nodeid)
            is_here = case is None or case.verdict is not Verdict.WORLD_ABSENT
            if is_here and (not name or cells & {name, None}):
                chosen.append(item)
        return chosen

    def _baseline(self, key: str) -> bool:
        """Run the cases of a falsifier without a fault, once; True where all may be believed."""
        self._say("baseline", falsifier=key)
        for item in self._items.get(key, ()):
            if item.nodeid not in self._clean:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
                case = self._session().cases.get(item.nodeid)
                if case is not None:
                    self._clean[item.nodeid] = case
                    self._say("clean", case=asdict(case))
        cases = [self._clean.get(item.nodeid) for item in self._items.get(key, ())]
        usable = (Verdict.PASSED, Verdict.WORLD_ABSENT)
        return bool(cases) and all(case is not None and case.verdict in usable for case in cases)

    def _clean_seconds(self, items: Iterable[pytest.Item]) -> float:
        return sum(self._clean[item.nodeid].seconds for item in items)

    def _session(self) -> FalsifierSession:
        session = self._config.pluginmanager.get_plugin("pv-session")
        assert isinstance(session, FalsifierSession)
        return session

    @contextmanager
    def _in_place(self, experiment: Experiment, keys: Iterable[str]) -> Iterator[None]:
        items = [item for key in keys for item in self._items[key]]
        fixtures = {name for item in items for name in getattr(item, "fixturenames", ())}
        with ExitStack() as stack:
            stack.enter_context(self._faults.in_place(experiment, fixtures))
            stack.enter_context(limited_memory())
            yield

    def _say(self, event: str, **content: Any) -> None:
        self._writer.write(encode({"event": event, **content}))


def _run_size_first(items: Iterable[pytest.Item], raises: str = "") -> list[CaseEnd]:
    """Run cases with their sizes drawn first; nothing where Hypothesis lets nobody in."""
    items = list(items)
    try:
        with examples.size_first(items):
            return [run_under_fault(item, raises) for item in items]
    except examples.MovedError:
        return []
