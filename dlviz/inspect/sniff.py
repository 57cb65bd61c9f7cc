"""What a file is, recognised by its first bytes and never by its name."""

import codecs
import gzip
import stat
from collections.abc import Sequence
from pathlib import Path

from dlviz.inspect.refusal import Refused, shown
from dlviz_models.data.text_kinds import kind_of_text

HEAD = 4096

_SAVE_AS_KERAS = 'open it where it was made, save it with model.save("name.keras") and open that'
_TEXT = "is a text, neither a network nor a picture; open a .keras, .h5, image or data file (.csv, .tsv, .txt)"
_SAVE_PICTURE = "save it as PNG, JPEG, GIF or WebP and open that"

_OPENED = (
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"PK\x03\x04", "zip"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"BM", "image"),
    (b"\x93NUMPY", "npy"),
    (b"\x08\x01\x12", "graph"),
)
_RIFF = {b"WEBP": "image", b"WAVE": "sound"}
_GZIP = b"\x1f\x8b"
_IDX_TYPES = (0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)
_REFUSED = (
    (
        b"version https://git-lfs",
        "is a Git LFS pointer, which only names the real file; fetch that with `git lfs pull` and open it",
    ),
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19", f"is a PyTorch file, which dlviz does not read; {_SAVE_AS_KERAS}"),
    (b"\0\0\6\x08\1\x1a", f"lists the weights of a TensorFlow checkpoint without their network; {_SAVE_AS_KERAS}"),
    (b"PK\x05\x06", "is an empty zip archive; download or save it again"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it and open the file inside"),
    (b"Rar!", "is a RAR archive; unpack it and open the file inside"),
    (b"%PDF", "is a PDF document, neither a network nor a picture; save the picture as PNG and open that"),
    (b"%!PS", f"is a PostScript document, which dlviz never runs; {_SAVE_PICTURE}"),
    (b"\xc5\xd0\xd3\xc6", f"is an EPS document, which dlviz never runs; {_SAVE_PICTURE}"),
    (b"\x7fELF", "is a program, neither a network nor a picture; open another file"),
    (b"MZ", "is a program, neither a network nor a picture; open another file"),
)


def refuse_place(path: Path) -> None:
    """Check, without opening it, that `path` is a folder or an ordinary file with something in it.

    Raises:
        Refused: it is missing, a pipe, a device, a socket, or empty.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise Refused("does not exist or is not readable; check the path") from error
    if stat.S_ISDIR(status.st_mode):
        return
    if not stat.S_ISREG(status.st_mode):
        raise Refused("is a pipe, a device or a socket; copy its content to an ordinary file and open that")
    if status.st_size == 0:
        raise Refused("is empty; download or save it again")


def refuse_links(paths: Sequence[Path], root: Path) -> None:
    """Check that symbolic links among `paths`, which lie in the folder `root`, lead to somewhere in it.

    Raises:
        Refused: one of them leads elsewhere.
    """
    inside = root.resolve()
    for path in paths:
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            raise Refused(f"holds “{shown(path.name)}”, a link to somewhere else; put the file itself there")


def kind_of(path: Path) -> str:
    """Return what the file is: hdf5, zip, image, sound, npy, graph (of a SavedModel), configuration (of a network),
    idx, table, pairs, texts, trees or lecture.

    The ending of the name tells tables, plain texts and lectures.

    Raises:
        Refused: it is something else, which is named where it can be recognised.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(_GZIP):
        with gzip.open(path) as unpacked:
            kind = _kind_of_data(unpacked.read(HEAD), path.name)
        if kind is None:
            raise Refused("is a gzip archive; unpack it and open the file inside")
        return kind
    for magic, kind in _OPENED:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    kind = _kind_of_data(head, path.name)
    if kind is None:
        raise Refused(_what_else(head))
    return kind


def _kind_of_data(head: bytes, name: str) -> str | None:
    """Return which of the kinds of data that may be gzipped begins so."""
    if head[:2] == b"\0\0" and len(head) > 3 and head[2] in _IDX_TYPES and 1 <= head[3] <= 4:
        return "idx"
    if not _is_text(head):
        return None
    text = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\n\r\f ")
    if text.startswith(b"{") and b'"class_name"' in text:
        return "configuration"
    if _what_text(head) != _TEXT:
        return None
    if name.lower().endswith(".toml"):
        return "lecture"
    return kind_of_text(text.decode("utf-8", "ignore").split("\n")[:2], name)


def _what_else(head: bytes) -> str:
    for magic, sentence in _REFUSED:
        if head.startswith(magic):
            return sentence
    if head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5":
        return f"is a Python pickle, which can run any program when it is read; {_SAVE_AS_KERAS}"
    if head[4:8] == b"TFL3":
        return f"is a TFLite network, which dlviz does not read; {_SAVE_AS_KERAS}"
    if head[4:8] == b"ftyp":
        return f"is an AVIF, HEIC or film file; {_SAVE_PICTURE}"
    if head[8:9] == b"{" and head[:8].endswith(b"\0\0\0"):
        return f"holds safetensors weights without a network, which dlviz does not read; {_SAVE_AS_KERAS}"
    if head[:1] == b"\x08" and head[2:3] in (b"\x12", b"\x1a", b":", b"B"):
        return f"looks like an ONNX network, which dlviz does not read; {_SAVE_AS_KERAS}"
    return _what_text(head)


def _what_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "is an HTML page instead of the file; use the page's own download button and open what it gives"
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return f"is an SVG drawing; {_SAVE_PICTURE}"
    if text.startswith(b"{"):
        return "is a JSON text, neither a network nor a picture; open a .keras, .h5, image or data file"
    if _is_text(head):
        return _TEXT
    return "is not of a kind that dlviz reads, or is damaged; open a .keras, .h5, image or data file"


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # which forgives a letter cut in two at the end
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\n\r\f" for letter in text)
