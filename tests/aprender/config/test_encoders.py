"""Encoders by their stamps, and decoders that are none."""

from __future__ import annotations

import pytest

from aprender.config.encoders import ENCODERS, OTHER_NAMES, encoder_family
from aprender.config.family import FAMILIES

NAMES = {**{family: family for family in ENCODERS}, **OTHER_NAMES}


@pytest.mark.parametrize(("name", "family"), NAMES.items())
@pytest.mark.parametrize("affixed", ["{}", "hf-{}", "{}_v1", "Company/{}-large", "{}ForMaskedLM"])
def test_a_family_is_found_in_any_case_and_with_affixes(name, family, affixed):
    for stamp in (name, name.upper(), name.title(), name.replace("-", "")):
        assert encoder_family(affixed.format(stamp)) == family
        assert family in ENCODERS


def test_no_decoder_is_an_encoder():
    names = [*FAMILIES, *(family.architecture for family in FAMILIES.values()), "gpt2", ""]
    assert [encoder_family(name) for name in names] == [None] * len(names)
