"""Whether a tokenizer is the one that an embedding was made for, before anything is allocated."""

from __future__ import annotations

from aprender.config import TransformerConfig
from aprender.config.checks import refuse
from aprender.tokenize.fingerprint import Vocabulary

STRICT_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-006"
STAMP_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-009"
BOUND_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-010"


def preflight_tokenizer_vocab_matches_target(
    tokenizer: Vocabulary,
    target: TransformerConfig,
    *,
    has_init: bool,
    stamped: str | None = None,
    accepts_other_tokenizer: bool = False,
) -> None:
    """Refuse, in a ValueError with both numbers, a tokenizer that is not the target's.

    Without a checkpoint (STRICT) there are as many entries as rows. With one (RELAXED) rows may be
    left over, and the fingerprint is the one `stamped` in the checkpoint; a checkpoint without a
    stamp (None) is refused as well. `accepts_other_tokenizer` leaves the fingerprint unchecked, and
    that alone. The largest id is below the rows in every case.
    """
    rows = target.vocab_size
    if not has_init:
        _check_no_stamp(stamped, accepts_other_tokenizer)
        if tokenizer.entries != rows:
            refuse(
                f"STRICT: the tokenizer has {tokenizer.entries} entries, and the model that is "
                f"trained from scratch {rows} rows: they have to be as many",
                STRICT_GUARD,
            )
    if tokenizer.largest_id >= rows:
        refuse(
            f"{'RELAXED' if has_init else 'STRICT'}: the tokenizer's largest id "
            f"{tokenizer.largest_id} is OOB: the embedding has {rows} rows, for ids up to "
            f"{rows - 1}",
            BOUND_GUARD,
        )
    if has_init and not accepts_other_tokenizer and tokenizer.fingerprint != stamped:
        refuse(
            f"RELAXED: the tokenizer of {tokenizer.entries} entries, for {rows} rows, has the "
            f"fingerprint {tokenizer.fingerprint}, and the checkpoint is stamped with "
            f"{stamped or 'none'}: take the checkpoint's own, or accept another one explicitly",
            STAMP_GUARD,
        )


def _check_no_stamp(stamped: str | None, accepts_other_tokenizer: bool) -> None:
    """Refuse what is said about a checkpoint where there is none."""
    if stamped is not None or accepts_other_tokenizer:
        refuse(
            "without a checkpoint there is no stamp to compare or to leave unchecked", STAMP_GUARD
        )
