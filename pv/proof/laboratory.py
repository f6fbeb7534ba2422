"""Laboratory: run experiments in workers that may hang or crash, and note what is seen."""

from __future__ import annotations

import json
import queue
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from pv import patched
from pv.proof.experiment import Experiment, Place, read_source
from pv.proof.listener import Listener, limit
from pv.proof.messages import from_experiment
from pv.proof.process import OverdueError, WorkerProcess
from pv.proof.seen import Cut, Seen
from pv.proof.verdicts import VoidReason
from pv.run.cells import Plan
from pv.run.observation import REQUEST, Case, Collection, Observation, collection_from_text
from pv.workspace import Workspace


class Laboratory:
    """Experiments over some workers. What is clean is measured before every fault."""

    def __init__(self, plan: Plan, workspace: Workspace, workers: int) -> None:
        self._plan = plan
        self._workspace = workspace
        self._workers = workers
        self.clean: dict[str, Case] = {}
        self.collection = Collection()
        self.backend = "cpu"
        self.environment: dict[str, str] = {}
        self._is_closed = False
        self._alive: set[WorkerProcess] = set()

    def observation(self) -> Observation:
        """What was seen without any fault."""
        return Observation(
            backend=self.backend,
            environment=self.environment,
            collection=self.collection,
            cases=self.clean,
        )

    def run(self, experiments: Iterable[Experiment], on_seen: Callable[[Seen], None]) -> None:
        """Run every experiment; ``on_seen`` is told of each as it ends."""
        groups = queue.SimpleQueue[list[Experiment]]()
        grouped = _grouped(experiments)
        for group in grouped:
            groups.put(group)
        errors: list[BaseException] = []

        def serve() -> None:
            try:
                self._serve(groups, on_seen)
            except BaseException as error:
                errors.append(error)

        threads = [
            threading.Thread(target=serve, daemon=True)
            for _ in range(min(self._workers, len(grouped)))
        ]
        for thread in threads:
            thread.start()
        try:
            with _termination_as_interrupt():
                for thread in threads:
                    thread.join()
        finally:
            self._stop(threads)
        if errors:
            raise errors[0]

    def _serve(
        self, groups: queue.SimpleQueue[list[Experiment]], on_seen: Callable[[Seen], None]
    ) -> None:
        """Take one group after the other, until there is none or the laboratory is closed."""
        with tempfile.TemporaryDirectory(prefix="pv-prove-") as name:
            bench = _Bench(self, Path(name))
            try:
                while True:
                    for experiment in groups.get_nowait():
                        if self._is_closed:
                            return
                        on_seen(bench.run(experiment))
            except queue.Empty:
                pass
            except BaseException:
                self._is_closed = True
                raise
            finally:
                bench.close()

    def _stop(self, threads: Iterable[threading.Thread]) -> None:
        """End what still runs: after an interrupt, that is everything."""
        self._is_closed = True
        for worker in tuple(self._alive):
            worker.end_group()
        for thread in threads:
            thread.join()

    def worker(self, folder: Path, patch: Path | None = None) -> WorkerProcess:
        """A new worker with a folder of its own."""
        if self._is_closed:
            raise RuntimeError("the proof was ended")
        folder.mkdir()
        (folder / REQUEST).write_text(
            _request(loaded.path for loaded in self._plan.contracts), "utf-8"
        )
        worker = WorkerProcess(self._plan, self._workspace, folder, patch)
        self._alive.add(worker)
        return worker

    def end(self, worker: WorkerProcess) -> None:
        """End a worker; it may be gone already."""
        self._alive.discard(worker)
        worker.end()


class _Bench:
    """One worker after the other, and the experiments that they run."""

    def __init__(self, laboratory: Laboratory, folder: Path) -> None:
        self._laboratory = laboratory
        self._folder = folder
        self._numbers = count()
        self._worker: WorkerProcess | None = None

    def close(self) -> None:
        if self._worker is not None:
            self._laboratory.end(self._worker)

    def run(self, experiment: Experiment) -> Seen:
        seen = Seen(experiment=experiment)
        if experiment.place is Place.IMPORT:
            self._run_patched(experiment, seen)
        else:  # without the fault and with it in one process
            self._run_clean("experiment", experiment, seen)
        if seen.red_size_first:
            worker = self._clean_worker()
            _send(worker, "size-first", experiment, sorted(seen.red_size_first))
            self._attend(worker, seen, [])
        return seen

    def _run_clean(self, order: str, experiment: Experiment, seen: Seen) -> None:
        """Have every falsifier measured by workers that started without the fault."""
        todo = list(experiment.falsifiers)
        while todo:
            worker = self._clean_worker()
            _send(worker, order, experiment, todo)
            todo = self._attend(worker, seen, todo)

    def _attend(self, worker: WorkerProcess, seen: Seen, todo: list[str]) -> list[str]:
        """Note what ``worker`` says until it is done, or gone; what is left to be judged."""
        listener = Listener(self._laboratory.clean, seen, todo)
        try:
            while (message := worker.receive(listener.deadline)) is not None:
                if listener.hear(message):
                    if seen.leftovers:  # the fault has left its traces in this process
                        self._give_up(worker)
                    return []
            return self._lost(worker, listener, Cut.CRASH)
        except OverdueError:
            return self._lost(worker, listener, Cut.TIMEOUT)
        except ValueError:  # the fault wrote into our pipe
            return self._lost(worker, listener, Cut.CRASH)

    def _lost(self, worker: WorkerProcess, listener: Listener, cut: Cut) -> list[str]:
        self._give_up(worker)
        return listener.left(cut)

    def _give_up(self, worker: WorkerProcess) -> None:
        self._laboratory.end(worker)
        if worker is self._worker:
            self._worker = None

    def _clean_worker(self) -> WorkerProcess:
        if self._worker is None:
            worker = self._laboratory.worker(self._folder / str(next(self._numbers)))
            ready = worker.receive(None)
            if ready is None:
                output = worker.output()
                self._laboratory.end(worker)
                raise RuntimeError(f"a worker of the proof ended before it began:\n{output}")
            self._laboratory.collection = collection_from_text(ready["collection"])
            self._laboratory.backend = ready["backend"]
            self._laboratory.environment = ready["environment"]
            self._worker = worker
        return self._worker

    def _run_patched(self, experiment: Experiment, seen: Seen) -> None:
        """Measure without the fault here, and with it in a process that imports patched code."""
        assert experiment.edit is not None
        self._run_clean("baseline", experiment, seen)
        todo = [key for key in experiment.falsifiers if key not in seen.cut]
        number = next(self._numbers)
        patch = self._folder / f"{number}.patch"
        code = read_source(experiment.file).module(experiment.edit, patch)
        patched.write_patch(patch, experiment.file, code)
        while todo and seen.void is None:
            folder = self._folder / f"{number}-{len(todo)}"
            worker = self._laboratory.worker(folder, patch)
            todo = self._under_patch(worker, experiment, seen, todo)
            self._laboratory.end(worker)

    def _under_patch(
        self, worker: WorkerProcess, experiment: Experiment, seen: Seen, todo: list[str]
    ) -> list[str]:
        seconds = {key: self._clean_seconds(key) for key in todo}
        try:
            ready = worker.receive(time.monotonic() + limit(sum(seconds.values())))
        except OverdueError:
            seen.cut.update(dict.fromkeys(todo, Cut.TIMEOUT))
            return []
        if ready is None:
            seen.void = (VoidReason.IMPORT.value, worker.output().rpartition("\n")[2])
            return []
        missing = [key for key in todo if key not in ready["nodes"]]
        if missing:
            seen.void = (VoidReason.IMPORT.value, f"no test of {missing[0]} can be collected")
            return []
        if not ready["has_patched"]:
            detail = f"importing the tests did not run the patched {experiment.file}"
            seen.void = (VoidReason.UNPATCHABLE.value, detail)
            return []
        _send(worker, "patched", experiment, todo, seconds=seconds)
        return self._attend(worker, seen, todo)

    def _clean_seconds(self, key: str) -> float:
        return sum(
            self._laboratory.clean[node.id].seconds
            for node in self._laboratory.collection.nodes
            if node.id in self._laboratory.clean and any(k == key for k, _ in node.cells)
        )


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let a request to end (SIGTERM) take our workers and files with it, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _send(
    worker: WorkerProcess, order: str, experiment: Experiment, keys: Iterable[str], **more: object
) -> None:
    """Tell ``worker`` what to do with ``experiment`` before the falsifiers ``keys``."""
    mine = replace(experiment, falsifiers=tuple(keys))
    worker.send({"do": order, "experiment": from_experiment(mine), **more})


def _request(contracts: Iterable[str]) -> str:
    """What the plugin reads before it plans a session."""
    return json.dumps({"contracts": list(contracts)})


def _grouped(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """Experiments with the same first falsifier: one worker measures it clean, once."""
    groups: dict[str, list[Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(experiment.falsifiers[0], []).append(experiment)
    return sorted(groups.values(), key=len, reverse=True)
