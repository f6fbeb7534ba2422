"""The cache keeps results between runs, and never lets a file decide what is loaded."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pv.cache import Cache


def forbidden() -> int:
    raise AssertionError("computed although it is known")


def test_value_is_computed_once_for_a_key(tmp_path: Path) -> None:
    first = Cache(tmp_path / "c")
    assert first.get(("a",), lambda: 1) == 1
    assert first.get(("a",), forbidden) == 1
    first.save()
    again = Cache(tmp_path / "c")
    assert again.get(("a",), forbidden) == 1
    assert again.get(("b",), lambda: 2) == 2


@pytest.mark.parametrize("content", [b"", b"rubbish", pickle.dumps([1]), b"\x80\x05"])
def test_damaged_file_is_a_cold_cache(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(content)
    assert Cache(tmp_path / "c").get(("a",), lambda: 1) == 1


class Trap:
    """Unpickles as a call of open()."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, (self.path, "w"))


def test_pickle_that_would_run_code_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(pickle.dumps({("a",): Trap(str(tmp_path / "ran"))}))
    assert Cache(tmp_path / "c").get(("a",), lambda: 1) == 1
    assert not (tmp_path / "ran").exists()


def test_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "c")
    cache.get(("a",), lambda: 1)
    cache.save()


def test_project_cache_lies_outside_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, home = tmp_path / "project", tmp_path / "home"
    root.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    cache = Cache.for_root(root)
    cache.get(("a",), lambda: 1)
    cache.save()
    assert list(root.iterdir()) == []
    assert len(list((home / "pv").iterdir())) == 1
