"""Case: one collected test, run clean with everything around it or quickly under a fault."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import pytest

_When = Literal["setup", "call", "teardown"]
_GROUPS = (ExceptionGroup, BaseExceptionGroup)
_SHOWN = 200


class End(Enum):
    """How a case ended under a fault."""

    GREEN = "green"
    KILLED = "killed"
    SETUP = "setup"
    TEARDOWN = "teardown"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEnd:
    """How a case ended, and by what."""

    id: str
    end: End
    text: str = ""
    seconds: float = 0.0


def run_under_fault(item: pytest.Item, raises: str = "") -> CaseEnd:
    """Run ``item`` from its first fixture to its last finaliser, and keep one line of failure.

    Nothing is kept between two runs: what a session fixture computed without the fault would hide
    it.
    """
    start = time.perf_counter()
    item._initrequest()  # type: ignore[attr-defined]  # as pytest's own runner does
    hooks = item.ihook
    # A traceback that nobody reads costs milliseconds.
    item.repr_failure = _no_traceback  # type: ignore[assignment, method-assign]
    try:
        setup = _phase(item, "setup", lambda: hooks.pytest_runtest_setup(item=item))
        call = setup or _phase(item, "call", lambda: hooks.pytest_runtest_call(item=item))
        teardown = _phase(
            item, "teardown", lambda: hooks.pytest_runtest_teardown(item=item, nextitem=None)
        )
    finally:
        del item.repr_failure
        item._report_sections.clear()
    end, error = _end(setup, call, teardown, raises)
    return CaseEnd(
        id=item.nodeid,
        end=end,
        text=_one_line(error) if error else "",
        seconds=round(time.perf_counter() - start, 6),
    )


def _phase(item: pytest.Item, when: _When, run: Callable[[], Any]) -> BaseException | None:
    """Run one phase; whatever the fault raises, SystemExit too, is an observation."""
    call = pytest.CallInfo.from_call(run, when)
    item.ihook.pytest_runtest_makereport(item=item, call=call)  # fixtures rely on it: tmp_path
    return call.excinfo.value if call.excinfo else None


def _no_traceback(_error: object, style: object = None) -> str:
    return ""


def _end(
    setup: BaseException | None,
    call: BaseException | None,
    teardown: BaseException | None,
    raises: str,
) -> tuple[End, BaseException | None]:
    if setup is not None:
        return End.SETUP, setup
    if teardown is not None:
        return End.TEARDOWN, teardown
    if call is None:
        return End.GREEN, None
    return (End.KILLED if is_kill(call, raises) else End.EXCEPTION), call


def is_kill(error: BaseException, raises: str = "") -> bool:
    """True where the test itself said no: by an assertion, or by the exception named."""
    if type(error) in _GROUPS:
        return all(is_kill(part, raises) for part in error.exceptions)  # type: ignore[attr-defined]
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return True
    names = {name for kind in type(error).__mro__ for name in _names(kind)}
    return bool(raises) and raises in names


def _names(kind: type) -> tuple[str, str]:
    return kind.__qualname__, f"{kind.__module__}.{kind.__qualname__}"


def _one_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' '.join(lines[:2])}".removesuffix(": ")[:_SHOWN]
