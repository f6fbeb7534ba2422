"""Encoders by their stamps: models that see later tokens too, and cannot be trained here."""

from __future__ import annotations

from collections.abc import Iterable

from aprender.config.checks import refuse

GUARD = "FALSIFY-APR-PRETRAIN-ARCH-007"

ENCODERS = {
    "albert": "AlbertModel",
    "bert": "BertModel",
    "camembert": "CamembertModel",
    "codebert": "RobertaModel",
    "deberta": "DebertaModel",
    "debertav2": "DebertaV2Model",
    "distilbert": "DistilBertModel",
    "electra": "ElectraModel",
    "longformer": "LongformerModel",
    "modernbert": "ModernBertModel",
    "mpnet": "MPNetModel",
    "roberta": "RobertaModel",
    "xlmroberta": "XLMRobertaModel",
}
"""Hugging Face's class by the stamp of a family: letters and digits, in lower case."""


def refuse_encoders(stamps: Iterable[str]) -> None:
    """Refuse the first stamp of an encoder, in a ValueError that names its class."""
    for stamp in stamps:
        name = encoder_class(stamp)
        if name is not None:
            refuse(
                f"{stamp!r} is an Encoder, Hugging Face's {name}, and only decoder-only "
                "models can be trained to predict the next token",
                GUARD,
            )


def encoder_class(stamp: str) -> str | None:
    """Hugging Face's class of the encoder that `stamp` names in any case and with any affixes."""
    plain = "".join(letter for letter in stamp.casefold() if letter.isalnum())
    found = [family for family in ENCODERS if family in plain]
    return ENCODERS[max(found, key=len)] if found else None
