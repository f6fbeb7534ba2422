"""Listener: turns what a worker says into what was seen, and knows how long to wait for it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from pv.proof.case import CaseEnd, End
from pv.proof.messages import Message, to_case, to_case_end
from pv.proof.seen import Cut, Seen
from pv.run.observation import Case

# A fault may take this many times as long as the clean run, and this long at least.
_PATIENCE = 10.0
_LEAST_SECONDS = 10.0


def limit(seconds: float) -> float:
    """How long to wait for what takes ``seconds`` without a fault."""
    return max(_LEAST_SECONDS, _PATIENCE * seconds)


class Listener:
    """Hears one experiment to its end, or to that of the worker."""

    def __init__(self, clean: dict[str, Case], seen: Seen, todo: Iterable[str]) -> None:
        self._clean = clean
        self._seen = seen
        self._todo = list(todo)
        self._current = ""
        """The falsifier that runs now."""
        self._is_clean = True
        self._restored = ""
        """The case that runs again because its fault was taken away."""
        self.deadline: float | None = None

    def hear(self, message: Message) -> bool:
        """Note one message; True at the last one."""
        match message["event"]:
            case "baseline":
                self._start(message["falsifier"], None)
            case "limit":
                self._start(message.get("falsifier", ""), message["seconds"])
            case "restored":
                self._start("", message["seconds"])
                self._restored = message["case"]
            case "judged":
                self._seen.reached[message["falsifier"]] = message["reached"]
                self._todo.remove(message["falsifier"])
                self._current = ""
            case "done":
                return True
            case _:
                self._note(message)
        return False

    def left(self, cut: Cut) -> list[str]:
        """What another worker has to judge after this one was lost."""
        if self._restored:  # what ended it then was left there by the fault
            end = CaseEnd(id=self._restored, end=End.EXCEPTION, text=cut.value)
            self._seen.leftovers.append(end)
        if not self._current:  # every falsifier was judged
            return []
        if self._current in self._todo:
            self._seen.cut[self._current] = Cut.BASELINE if self._is_clean else cut
            self._todo.remove(self._current)
        return self._todo

    def _start(self, falsifier: str, seconds: float | None) -> None:
        """What is clean may take its time."""
        self._current, self._is_clean, self._restored = falsifier, seconds is None, ""
        self.deadline = None if seconds is None else time.monotonic() + limit(seconds)

    def _note(self, message: Message) -> None:
        match message["event"]:
            case "clean":
                case = to_case(message["case"])
                self._clean[case.id] = case
            case "absent":
                self._seen.absent.add(message["falsifier"])
            case "case":
                end = to_case_end(message["case"])
                self._seen.cases.setdefault(message["falsifier"], []).append(end)
            case "sibling":
                self._seen.siblings.append(to_case_end(message["case"]))
            case "size-first-red":
                self._seen.red_size_first.add(message["falsifier"])
            case "size-first":
                self._seen.only_size_first.add(message["falsifier"])
            case "leftover":
                self._seen.leftovers.append(to_case_end(message["case"]))
            case "void":
                self._seen.void = (message["reason"], message["detail"])
