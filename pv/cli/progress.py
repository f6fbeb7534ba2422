"""Progress: how far a long command is, in one line that is drawn over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pv.proof.prove import Progress


def show_progress(progress: Progress) -> None:
    """Draw over the last line; the final one is wiped."""
    left = f"{progress.seconds_left:.0f} s left"
    line = f"proving {progress.done}/{progress.total}, {left}"
    sys.stderr.write(f"\r\x1b[K{line}" if progress.done < progress.total else "\r\x1b[K")
    sys.stderr.flush()
