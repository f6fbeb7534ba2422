"""The fingerprint of a tokenizer, written from its definition one character at a time."""

from __future__ import annotations

from hashlib import sha256


def fingerprint(tokens, merges):
    """SHA-256 of [[[token, id], ... by id], [[left, right], ... as they stand]] without blanks."""
    by_id = {i: token for token, i in tokens.items()}
    entries = ",".join(f"[{quoted(by_id[i])},{i}]" for i in sorted(by_id))
    pairs = ",".join(f"[{quoted(left)},{quoted(right)}]" for left, right in merges)
    return sha256(f"[[{entries}],[{pairs}]]".encode("ascii")).hexdigest()


def quoted(text):
    """The text in ASCII JSON: RFC 8259, section 7, with the short escapes where there are any."""
    short = {
        '"': '\\"',
        "\\": "\\\\",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
    }
    return '"' + "".join(short.get(letter) or escaped(letter) for letter in text) + '"'


def escaped(letter):
    """The letter itself where it is printable ASCII, or its one or two units of UTF-16 in hex."""
    if " " <= letter <= "~":
        return letter
    units = letter.encode("utf-16-be").hex()
    return "".join("\\u" + units[i : i + 4] for i in range(0, len(units), 4))
