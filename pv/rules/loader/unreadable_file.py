"""PV-YAML-014: unreadable-file."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN, Link


class UnreadableFile(LoaderRule):
    """The file cannot be read, or its name cannot be written down."""

    code = "PV-YAML-014"
    name = "unreadable-file"
    why = (
        "What cannot be read was not judged, and the other contracts still are: a link to nothing, "
        "a file without permission to read, a pipe, a name that is not UTF-8."
    )
    bad = GREEN.write(CONTRACT, Link("moved-v1.yaml"))
    good = GREEN
