"""A process of its own for what can be seen once in a process: which backends JAX starts.

``python -m falsifiers.device_probe select NAME`` selects a device where another backend, one that
fails, is registered beside the CPU's; ``reject`` lets the gate reject made-up logits; ``astray``
records a candidate whose outputs stand on another device than its own. Each prints JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import jax
import jax.extend.backend
import numpy as np

from aprender.backend.admission import admitted
from aprender.backend.device import label, select_device
from aprender.backend.messages import PathRejectedError
from aprender.backend.parity import compare
from aprender.backend.record import Decoder, Side, check_parity
from aprender.backend.tolerance import FULL, tolerance_for
from falsifiers import tiny_decoders

PRETENDED = "pretended"


def select(name: str) -> dict[str, Any]:
    """What was taken or said, which backends were started for it, and how many arrays there are."""
    asked: list[str] = []

    def start() -> NoReturn:
        asked.append(PRETENDED)
        raise RuntimeError("no driver")

    jax.extend.backend.register_backend_factory(PRETENDED, start)
    try:
        taken, said = label(select_device(name)), ""
        arrays = len(jax.live_arrays())
    except PathRejectedError as error:
        # While the error is there, so is all that the frames it came through have made.
        taken, said, arrays = "", str(error), len(jax.live_arrays())
    started = [*jax.extend.backend.backends(), *asked]
    return {"taken": taken, "said": said, "started": started, "arrays": arrays}


def reject(factor: str) -> dict[str, Any]:
    """The device that `auto` continues on when logits are `factor` times what they should be."""
    reference_PV = np.random.default_rng(0).normal(size=(64, 8))
    report = compare(reference_PV, float(factor) * reference_PV, tolerance_for(FULL), "cuda:0")
    return {"taken": label(admitted(report, jax.devices()[-1], "auto").device)}


def astray(outputs: str) -> list[dict[str, Any]]:
    """Verdicts on candidates of the second device that compute on those with these indices."""
    first, second = jax.devices()
    config, parameters = tiny_decoders.tiny("llama")
    prompts = tiny_decoders.prompts(4, 3)
    start = tiny_decoders.cached(config, parameters, 67)

    def verdict(elsewhere: jax.Device) -> dict[str, Any]:
        def start_astray(_device: jax.Device) -> Decoder:
            decoder = start(elsewhere)
            return lambda tokens_T: decoder(jax.device_put(tokens_T, elsewhere))

        report = check_parity(Side(start, first), Side(start_astray, second), prompts)
        return {
            "accepted": report.is_accepted,
            "reasons": report.reasons,
            "devices": report.devices,
            "flipped": report.measured and report.measured.flipped,
        }

    return [verdict(jax.devices()[int(index)]) for index in outputs.split(",")]


if __name__ == "__main__":
    command, argument = sys.argv[1:]
    result: Any = {"select": select, "reject": reject, "astray": astray}[command](argument)
    sys.stdout.write(json.dumps(result))
