"""PV-YAML-001: not-utf8."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class NotUtf8(LoaderRule):
    """The file is not UTF-8."""

    code = "PV-YAML-001"
    name = "not-utf8"
    why = "Bytes of another encoding turn into other characters without a word, or into none."
    bad = GREEN.write(CONTRACT, str(GREEN.files[CONTRACT]).encode("utf-16"))
    good = GREEN
