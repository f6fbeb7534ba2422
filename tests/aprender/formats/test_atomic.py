"""A file is there wholly or not at all, whatever ends its writing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aprender.formats.atomic import written_atomically


def entries(directory: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in directory.iterdir()}


def test_the_file_is_there_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    for content in (b"one", b"another"):
        with written_atomically(path) as file:
            file.write(content)
            assert not path.exists() or path.read_bytes() == b"one"
        assert entries(tmp_path) == {"file.bin": content}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("is_there", [True, False])
def test_an_error_leaves_what_was_there(
    tmp_path: Path, error: type[BaseException], is_there: bool
) -> None:
    path = tmp_path / "file.bin"
    if is_there:
        path.write_bytes(b"old")
    before = entries(tmp_path)

    def half_of_it() -> None:
        with written_atomically(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        half_of_it()
    assert entries(tmp_path) == before


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
def test_a_disk_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def fail(*arguments: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(call, fail)
    with pytest.raises(OSError, match="the disk is full"), written_atomically(path) as file:
        file.write(b"new")
    assert entries(tmp_path) == {"file.bin": b"old"}


def test_bytes_are_on_the_disk_before_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    synced = []
    sync = os.fsync

    def noted(handle: int) -> None:
        synced.append((os.fstat(handle).st_size, path.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    with written_atomically(path) as file:
        file.write(b"12345")
    assert synced[0] == (5, False)
    assert [is_named for _, is_named in synced] == [False, True]  # and then the directory


def test_a_directory_that_cannot_be_read_takes_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def refused(path: Path, flags: int) -> int:
        opened.append(path)
        raise PermissionError(path)

    monkeypatch.setattr(os, "open", refused)
    with written_atomically(tmp_path / "file.bin") as file:
        file.write(b"content")
    assert opened == [tmp_path]
    assert entries(tmp_path) == {"file.bin": b"content"}


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.bin"
    link.symlink_to(tmp_path / "there" / "file.bin")
    with written_atomically(link) as file:
        file.write(b"content")
    assert link.is_symlink()
    assert entries(tmp_path / "there") == {"file.bin": b"content"}


def test_modes_are_those_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with written_atomically(tmp_path / "file.bin") as file:
            file.write(b"content")
    finally:
        os.umask(before)
    assert (tmp_path / "file.bin").stat().st_mode & 0o777 == 0o640


def test_a_name_of_any_length_has_a_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250)
    with written_atomically(path) as file:
        file.write(b"content")
    assert entries(tmp_path) == {path.name: b"content"}


def test_control_c_leaves_what_was_there(tmp_path: Path) -> None:
    """The real signal, in a process that writes until it gets it."""
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    script = """if True:
        import sys
        from aprender.formats.atomic import written_atomically
        with written_atomically(sys.argv[1]) as file:
            file.write(b"half")
            file.flush()
            print("writing", flush=True)
            while True:
                pass
    """
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(entries(tmp_path)) == 2
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGINT
    assert entries(tmp_path) == {"file.bin": b"old"}
