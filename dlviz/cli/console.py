"""Output on consoles with a small character set: plain quotes rather than an error."""

import codecs
import io
import sys
import unicodedata

ERRORS = "dlviz-plain"
"""The name of the way in which letters are written that a console lacks."""
PLAIN = {
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-", "−": "-", "×": "x", "·": "*",
    "→": "->", "≤": "<=", "≥": ">=", "✓": "v", "✗": "x", "•": "*",
}  # fmt: skip
"""What is nearest in ASCII to letters that the program writes."""


def write_plainly() -> None:
    """Let standard output and standard error write any text, as near to it as their encoding allows."""
    codecs.register_error(ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """What stands for the letters that could not be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    if all("\udc80" <= letter <= "\udcff" for letter in letters):  # bytes of a file's name that are not text
        return letters.encode("utf-8", "surrogateescape"), error.end
    return "".join(_letter(letter) for letter in letters), error.end


def _letter(letter: str) -> str:
    """`letter` in ASCII: é is e, and what has no like is a question mark."""
    base = unicodedata.normalize("NFKD", PLAIN.get(letter, letter)).encode("ascii", "ignore").decode()
    return base or ("" if unicodedata.combining(letter) else "?")
