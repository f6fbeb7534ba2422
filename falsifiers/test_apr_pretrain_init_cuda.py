"""The falsifier of contracts/apr-pretrain-arch-polymorphic-v1.yaml that is about devices."""

from __future__ import annotations

import json

import jax
import pytest

from aprender.backend.device import select_device
from aprender.backend.messages import PathRejectedError


class Pretended:
    """A device that is only named: whatever puts an array on it fails."""

    platform = "gpu"


def pretend(monkeypatch, gpus, failure=""):
    """Let JAX have the CPU and so many GPUs, or say why it has none; the GPUs, and the CPU."""
    cpus = jax.local_devices(backend="cpu")
    devices = [Pretended() for _ in range(gpus)]

    def local_devices(*, backend):
        if backend == "cpu":
            return cpus
        if not devices:
            raise RuntimeError(failure)
        return devices

    monkeypatch.setattr(jax, "local_devices", local_devices)
    return devices, cpus[0]


def check_refusal(name, here, failure):
    """Refused in one line with the id, what was asked, what there is, why, and what to do."""
    with pytest.raises(PathRejectedError) as refusal:
        select_device(name)
    line = str(refusal.value)
    assert line.startswith(f"[apr-pretrain-arch-polymorphic-v1] {name} path rejected: no such")
    assert "\n" not in line
    assert "(FALSIFY-APR-PRETRAIN-INIT-CUDA-001)" in line
    assert f"devices here: {here}," in line
    assert "name a device that is here, or auto" in line
    assert failure in line


def falsify_apr_pretrain_init_cuda_001_a_named_device_is_taken_or_refused(
    cli, falsifier, monkeypatch, caplog
):
    params = falsifier.params
    for count in params["gpus"]:
        gpus, cpu = pretend(monkeypatch, count, params["failure"])
        here = " ".join([*(f"cuda:{i}" for i in range(count)), "cpu"])
        failure = "" if count else f"JAX says: {params['failure']}"
        for index in range(params["indices"]):
            if index < count:
                assert select_device(f"cuda:{index}") is gpus[index]
            else:
                check_refusal(f"cuda:{index}", here, failure)
        assert caplog.messages == []
        if gpus:
            assert select_device("cuda") is select_device("auto") is gpus[0]
            assert caplog.messages == []
        else:
            check_refusal("cuda", here, failure)
            assert select_device("auto") is cpu
            assert len(caplog.messages) == 1
            line = caplog.messages[0]
            assert line.startswith("[apr-cpu-vs-gpu-output-parity-v1] cuda path rejected: ")
            assert params["failure"] in line
            assert line.endswith("; auto continues on cpu")
            caplog.clear()
        assert select_device("cpu") is cpu
        monkeypatch.undo()
    # With every device that a name can mean.
    pretend(monkeypatch, params["indices"])
    for name in params["malformed"]:
        with pytest.raises(ValueError, match=r"does not match \^\(cpu\|cuda.*INIT-CUDA-001"):
            select_device(name)
    monkeypatch.undo()
    # As a user meets it: nothing was allocated, and nothing is in its place.
    done = cli("falsifiers.device_probe", "select", params["absent"], env={"JAX_PLATFORMS": "cpu"})
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["taken"], found["arrays"]) == ("", 0)
    assert falsifier.id in found["said"]
