"""Messages: what the prover and its workers tell each other, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from typing import Any

from pv.proof.case import CaseEnd, End
from pv.proof.edit import Edit
from pv.proof.experiment import Experiment, Place
from pv.run.observation import Case
from pv.run.verdicts import Verdict

Message = dict[str, Any]


def encode(message: Message) -> bytes:
    """A message as one line."""
    return json.dumps(message, default=_plain).encode() + b"\n"


def decode(line: bytes) -> Message:
    """Inverse of ``encode``; ValueError for what no worker says, whoever wrote it."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"not a message: {line!r}")
    return message


def from_experiment(experiment: Experiment) -> Message:
    """An experiment as plain data."""
    return asdict(experiment)


def to_experiment(data: Message) -> Experiment:
    """Inverse of ``from_experiment``."""
    edit = Edit(**data["edit"]) if data["edit"] else None
    place, falsifiers = Place(data["place"]), tuple(data["falsifiers"])
    return Experiment(**{**data, "edit": edit, "place": place, "falsifiers": falsifiers})


def to_case(data: Message) -> Case:
    """What became of a case without a fault."""
    verdict, entered = Verdict(data["verdict"]), tuple(data["entered"])
    return Case(**{**data, "verdict": verdict, "entered": entered})


def to_case_end(data: Message) -> CaseEnd:
    """What became of a case under a fault."""
    return CaseEnd(**{**data, "end": End(data["end"])})


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"not a value of a message: {value!r}")
