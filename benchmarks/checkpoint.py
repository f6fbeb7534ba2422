"""Loading a checkpoint, as ratios: time and memory beside the plain way, on 1 GB of float32.

``python benchmarks/checkpoint.py [--json]``; with ``make bench`` from a checkout. The plain way is
safetensors' load_file, transpose, stack, isfinite and device_put. Each loads the same file in a
process of its own, as a user does; they take turns, and a time is the best of three. Memory is what
the process's peak adds to it beyond the parameters themselves.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod
from pathlib import Path

import jax
import numpy as np
from report import Row, need, run
from safetensors.numpy import load_file

from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.hugging_face import SINGLE, load_init_tensors
from aprender.checkpoint.populate import populate
from aprender.checkpoint.save import save_hugging_face
from aprender.config import TransformerConfig
from aprender.config.shapes import named_shape
from aprender.config.tensors import parameter_count, tensor_shapes
from aprender.nn.initial import initial_parameters
from aprender.nn.layout import Parameters, leaves

CONFIG = replace(named_shape("qwen2_0_5b"), vocab_size=32000, num_hidden_layers=15)
TIMES = 3
TIME_BAR = 1.1
SPARE = 64 << 20
"""Bytes that may be added to the largest tensor."""


def measure(config: TransformerConfig = CONFIG) -> Iterator[Row]:
    """Both rows."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "checkpoint"
        save_hugging_face(directory, initial_parameters(config, 0), config)
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        peaks: dict[str, list[int]] = {way: [] for way in WAYS}
        for _ in range(TIMES):
            for way in WAYS:
                took, peak = child(way, directory)
                seconds[way].append(took)
                peaks[way].append(peak)
    size = 4 * parameter_count(config)
    ours, plain = (min(seconds[way]) for way in ("populate", "plain"))
    yield Row(
        f"time to load {size / 1e9:.2f} GB",
        "load_file, transpose, stack, isfinite, device_put",
        ours / plain,
        TIME_BAR,
        f"{ours:.2f} s / {plain:.2f} s",
    )
    largest = 4 * max(prod(shape) for shape in tensor_shapes(config).values())
    beyond = {way: max(peaks[way]) - size for way in WAYS}
    yield Row(
        "peak memory beyond the parameters",
        "the largest tensor and 64 MB",
        beyond["populate"] / (largest + SPARE),
        1.0,
        f"{beyond['populate'] / 2**20:.0f} MiB / {(largest + SPARE) / 2**20:.0f} MiB; "
        f"the plain way {beyond['plain'] / 2**20:.0f} MiB",
    )


def streamed(directory: Path) -> Parameters:
    """Ours."""
    return populate(read_architecture(directory), load_init_tensors(directory))


def plain(directory: Path) -> dict[tuple[str, ...], jax.Array]:
    """What one writes without us."""
    config = read_architecture(directory)
    tensors = load_file(directory / SINGLE)
    parameters = {}
    for leaf in leaves(config):
        arrays = [tensors[name].T if leaf.place.inputs else tensors[name] for name in leaf.names]
        parameters[leaf.path] = np.stack(arrays) if leaf.is_stacked else arrays[0]
    need(all(np.isfinite(array).all() for array in parameters.values()), "not finite", "")
    return jax.device_put(parameters)


WAYS: dict[str, Callable[[Path], object]] = {"populate": streamed, "plain": plain}


def child(way: str, directory: Path) -> tuple[float, int]:
    """Seconds, and bytes that the peak added to what the process had before."""
    command = [sys.executable, __file__, "--load", way, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    need(done.returncode == 0, f"{way} failed", done.stderr)
    took, peak = json.loads(done.stdout)
    return took, peak


def load(way: str, directory: str) -> None:
    """Print what `child` reads."""
    jax.block_until_ready(jax.numpy.zeros(1))
    before = resident("VmRSS")
    start = time.perf_counter()
    jax.block_until_ready(WAYS[way](Path(directory)))
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps([seconds, resident("VmHWM") - before]))


def resident(what: str) -> int:
    """Bytes of this process in memory: VmRSS now, VmHWM at most so far."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024
    raise SystemExit(f"not measured: the system does not tell {what}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(*sys.argv[2:])
    else:
        sys.exit(run(__doc__, measure))
