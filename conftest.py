"""Settings of JAX for tests, as environment variables: JAX reads them when it is first imported.

JAX itself is not imported here, so that the tests of `pv` run where it is not installed. A command
that a test starts inherits the settings. What the caller has set already is kept: a GPU run is
`JAX_PLATFORMS=cuda,cpu pv run`.
"""

from __future__ import annotations

import os
from pathlib import Path

_JAX_SETTINGS = {
    "JAX_PLATFORMS": "cpu",
    # Tolerances of the falsifiers assume full float32 products.
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    # The same tiny functions are compiled in every run: cache all of them, however quick.
    "JAX_COMPILATION_CACHE_DIR": str(Path(__file__).parent / ".pv" / "jax-cache"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}

for _name, _value in _JAX_SETTINGS.items():
    os.environ.setdefault(_name, _value)
