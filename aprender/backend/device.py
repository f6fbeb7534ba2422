"""Devices by name: what is named is taken or refused, never replaced."""

from __future__ import annotations

import re

import jax

from aprender.backend.messages import PARITY, PathRejectedError, announce, path_rejected

CONTRACT = "apr-pretrain-arch-polymorphic-v1"
GUARD = "FALSIFY-APR-PRETRAIN-INIT-CUDA-001"

NAMES = r"^(cpu|cuda(:[0-9]|:1[0-5])?|auto)$"


def select_device(name: str) -> jax.Device:
    """The device of this process that is called so; nothing is allocated on it.

    ``cuda`` is the first one and ``cuda:N`` the one with that index among those of this process.
    One that is not there is refused (`PathRejectedError`). ``auto`` is the first CUDA device, or
    else the CPU, and says so. ``cpu``, asked for first, keeps JAX from starting any other backend
    in this process. ValueError for another name.
    """
    # fullmatch, for $ would let a final newline through.
    if not re.fullmatch(NAMES, name):
        raise ValueError(f"device {name!r} does not match {NAMES} ({GUARD})")
    if name == "cpu":
        return only_cpu()
    devices, reason = started("cuda")
    if name == "auto":
        return devices[0] if devices else instead_of_cuda(reason)
    index = int(name.partition(":")[2] or 0)
    if index >= len(devices):
        raise refused(name, reason)
    return devices[index]


def only_cpu() -> jax.Device:
    """The CPU. Where no backend has been started yet, no other one will be."""
    # Asking JAX for the CPU's devices alone would start every backend that is installed.
    jax.config.update("jax_platforms", "cpu")
    devices, reason = started("cpu")
    if not devices:
        raise refused("cpu", reason)
    return devices[0]


def instead_of_cuda(reason: str) -> jax.Device:
    """The CPU where `auto` found no CUDA device; the user is told."""
    device = only_cpu()
    reasons = [f"there is no CUDA device ({reason})"]
    announce(path_rejected(PARITY, "cuda", reasons, f"auto continues on {label(device)}"))
    return device


def started(platform: str) -> tuple[list[jax.Device], str]:
    """Devices of a platform in this process; where there are none, also the reason JAX gives."""
    try:
        return jax.local_devices(backend=platform), ""
    # JAX asserts that some backend has started: false where JAX_PLATFORMS names only absent ones.
    except (RuntimeError, AssertionError) as error:
        return [], str(error) or "JAX could start no backend"


def refused(name: str, reason: str) -> PathRejectedError:
    """The refusal of a device that is not there: what is, and what to do."""
    here = [label(device) for platform in ("cuda", "cpu") for device in started(platform)[0]]
    reasons = [
        "no such device",
        f"devices here: {' '.join(here) or 'none'}",
        f"jax_platforms = {jax.config.jax_platforms!r}",
    ]
    if reason:
        reasons.append(f"JAX says: {reason}")
    remedy = "name a device that is here, or auto; or make this one visible to JAX (driver, "
    remedy += f"jax[cuda], CUDA_VISIBLE_DEVICES, JAX_PLATFORMS) ({GUARD})"
    return PathRejectedError(path_rejected(CONTRACT, name, reasons, remedy))


def label(device: jax.Device) -> str:
    """The name by which `select_device` knows a device of this process."""
    index = jax.local_devices(backend=device.platform).index(device)
    if device.platform == "cpu" and index == 0:
        return "cpu"
    platform = "cuda" if device.platform == "gpu" else device.platform
    return f"{platform}:{index}"
