"""Refusing a file, in words that are safe to show."""

MOST_SHOWN = 60


class Refused(Exception):
    """Why a file is not opened: what follows the file's name in a sentence, the next step included."""


def shown(text: object, most: int = MOST_SHOWN) -> str:
    """Return text that came out of a file as plain printable text of at most `most` characters."""
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text)[: 4 * most])
    return plain if len(plain) <= most else f"{plain[: most // 2]}…{plain[len(plain) - most // 2 + 1 :]}"
