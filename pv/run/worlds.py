"""The world a run takes place in: which backend, which versions. Nothing is imported for it."""

from __future__ import annotations

import platform
import sys

_LIBRARIES = ("jax", "jaxlib", "numpy")


def backend() -> str:
    """JAX's default backend where the tests have imported JAX, else cpu."""
    jax = sys.modules.get("jax")
    return str(jax.default_backend()) if jax is not None else "cpu"


def environment() -> dict[str, str]:
    """Versions of what the results depend on, as far as it is loaded."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in _LIBRARIES:
        if version := getattr(sys.modules.get(name), "__version__", None):
            found[name] = str(version)
    return found
