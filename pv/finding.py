"""Finding, Location, Severity: what every check returns."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Severity(Enum):
    """How much a finding weighs: only ERROR turns the exit code red."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the most severe, so that sorting puts errors first."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Location:
    """A span in a file: project-relative POSIX path, 1-based lines and columns (code points)."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it is, and what to do about it.

    ``subject`` names the thing the finding is about (a falsifier id, a key path, a function):
    together with the code and the file it survives line shifts and rewording.
    """

    code: str
    severity: Severity
    message: str
    location: Location
    subject: str = ""
    suggestion: str = ""
    related: tuple[Location, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Stable identity of the finding: code, file and subject; no line, no message."""
        identity = "\0".join((self.code, self.location.path, self.subject))
        return hashlib.sha256(identity.encode()).hexdigest()[:16]

    def as_data(self) -> dict[str, Any]:
        """The finding as every JSON report writes it."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            **asdict(self.location),
            "subject": self.subject,
            "fingerprint": self.fingerprint,
            "related": [asdict(location) for location in self.related],
            "suggestion": self.suggestion,
        }

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Order of findings in every report: by place, then code, then what they say."""
        place = self.location
        end = (place.end_line or 0, place.end_column or 0)
        told = (self.code, self.message, self.subject, self.suggestion)
        return (place.path, place.line, place.column, *end, *told)


def path_in(root: Path, path: Path) -> str:
    """Path as it stands in every finding: POSIX, relative to the project where it lies in it."""
    absolute = Path(os.path.abspath(path))
    inside = absolute.is_relative_to(root)
    return (absolute.relative_to(root) if inside else absolute).as_posix()


def one_line(text: str) -> str:
    """Spell out control characters: text of a project must not forge lines or colours."""
    return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)
