"""Projects on disk for the tests of the runner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

PYPROJECT = """\
[tool.pytest.ini_options]
python_functions = ["test_*", "falsify_*"]
addopts = ["--import-mode=importlib", "-p", "no:anyio"]

[tool.pv]
"""

ABSVAL = """\
def absval(x):
    return x if x > 0 else -x


def other(x):
    return max(x, -x)
"""

Write = Callable[..., Path]


def falsifier(number: int, name: str | None, file: str = "test_zoo.py", **extra: object) -> dict:
    test = f"falsifiers/{file}::falsify_zoo_{number:03d}_{name}" if name else None
    entry = {
        "id": f"FALSIFY-ZOO-{number:03d}",
        "rule": "never negative",
        "prediction": "f(x) >= 0",
        "if_fails": "the sign survives",
        **({"test": test} if test else {}),
        **extra,
    }
    return {key: value for key, value in entry.items() if value is not None}


def contract(*falsifiers: dict, **metadata: object) -> str:
    implementations = {
        "plain": {"target": "absval:absval"},
        "other": {"target": "absval:other"},
        "on_gpu": {"target": "absval:absval", "backend": "gpu", "dtype": "float32"},
        "gone": {"target": "absval:gone"},
    }
    covered = {
        "absval": ["plain"],
        "both": ["plain", "other"],
        "mixed": ["plain", "on_gpu"],
        "gone": ["gone"],
    }
    return yaml.safe_dump(
        {
            "metadata": {
                "version": "1.0.0",
                "description": "zoo",
                "references": ["any textbook"],
                **metadata,
            },
            "implementations": implementations,
            "equations": {
                name: {
                    "formula": "f(x) = |x|",
                    "signature": "(x)",
                    "domain": "x real",
                    "invariants": ["f(x) >= 0"],
                    "implementations": names,
                }
                for name, names in covered.items()
            },
            "falsification_tests": list(falsifiers),
        },
        sort_keys=False,
    )


def write_project(root: Path, files: dict[str, str]) -> Path:
    for path, text in {"pyproject.toml": PYPROJECT, "absval.py": ABSVAL, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def project(tmp_path: Path) -> Write:
    return lambda files: write_project(tmp_path, files)
