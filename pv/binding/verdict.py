"""The closed set of words for a citation that names no runnable test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """Why a citation did not resolve; one rule reports each of them."""

    PROSE = "test-prose"
    INCOMPLETE = "test-incomplete"
    BARE_NAME = "test-bare-name"
    PARAM_PINNED = "test-param-pinned"
    PATH_ESCAPE = "test-path-escape"
    MISSING = "test-missing"
    SHADOWED = "test-shadowed"
    NOT_COLLECTED = "test-not-collected"
    NOT_STATIC = "test-not-static"
    UNPARSABLE = "test-unparsable"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why a citation names no runnable test, and what to write instead."""

    verdict: Verdict
    message: str
    suggestion: str = ""
