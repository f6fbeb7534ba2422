"""Devices by name, where JAX has less than was named."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import pytest

from aprender.backend.device import label, select_device
from aprender.backend.messages import PathRejectedError, path_rejected, path_unchecked

HERE = """
import sys
from aprender.backend.device import label, select_device
sys.stdout.write(label(select_device(sys.argv[1])))
"""


def run(name, **env):
    command = [sys.executable, "-c", HERE, name]
    return subprocess.run(
        command, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


def test_the_cpu_is_taken_and_called_by_its_name():
    assert select_device("cpu") == jax.devices("cpu")[0]
    assert label(select_device("cpu")) == "cpu"


def test_a_process_that_may_use_cuda_alone_continues_on_the_cpu_under_auto():
    # JAX asserts there, and raises nothing that it documents.
    done = run("auto", JAX_PLATFORMS="cuda")
    assert (done.returncode, done.stdout) == (0, "cpu"), done.stderr
    assert "cuda path rejected" in done.stderr


def test_a_process_that_may_use_cuda_alone_refuses_cuda():
    done = run("cuda", JAX_PLATFORMS="cuda")
    assert done.returncode == 1
    assert "devices here: none, jax_platforms = 'cuda', JAX says: " in done.stderr


def test_a_process_without_a_cpu_says_so(monkeypatch):
    def local_devices(*, backend):
        raise RuntimeError(f"Unknown backend {backend}")

    monkeypatch.setattr(jax, "local_devices", local_devices)
    for name in ("cpu", "auto"):
        with pytest.raises(PathRejectedError, match=r"cpu path rejected: .* Unknown backend cpu"):
            select_device(name)


def test_a_line_is_one_line():
    line = path_rejected("some-contract-v1", "cuda:0", ["first", "second\n  of two lines"], "end")
    assert line == "[some-contract-v1] cuda:0 path rejected: first, second of two lines; end"


def test_an_override_names_the_contract_and_the_mark():
    line = path_unchecked("cuda:0", "INVALID-CORRECTNESS")
    assert line == (
        "override: [apr-cpu-vs-gpu-output-parity-v1] cuda:0 path not checked; "
        "this run is INVALID-CORRECTNESS"
    )
