"""The words of text layers, which Keras keeps as plain lines in files beside the weights: `vocabulary.txt`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py

from dlviz.inspect.paths import LayerConfig, stored
from dlviz.inspect.refusal import Refused, shown

FOLDER = "assets/"
MAX_BYTES = 64 * 1024**2
MAX_WORDS = 2_000_000
LAYERS = ("TextVectorization", "StringLookup", "IntegerLookup")

_NAME = re.compile(r"assets/(?:[\w-]+/)+vocabulary\.txt")
_INTEGER = re.compile(r"-?\d{1,18}")


def is_vocabulary(name: str) -> bool:
    """Whether a member of a `.keras` archive is such a file, by its name."""
    return _NAME.fullmatch(name) is not None


def words(content: bytes, name: str) -> list[str]:
    """Return the lines of a vocabulary.

    Raises:
        Refused: it is not plain text, or a line is not a word.
    """
    try:
        lines = content.decode("utf-8").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise Refused(f"has a vocabulary “{shown(name)}” that is not text in UTF-8; save it again") from error
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) > MAX_WORDS:
        raise Refused(f"has a vocabulary of more than {MAX_WORDS:,} words; save it with max_tokens")
    if any(ord(letter) < 32 and letter != "\t" for line in lines for letter in line):
        raise Refused(f"has a vocabulary “{shown(name)}” that is not plain lines; save it again")
    if len(set(lines)) < len(lines):
        raise Refused(f"has a vocabulary “{shown(name)}” that lists a word twice; save it again")
    return lines


def hand_over(network: LayerConfig, vocabularies: Mapping[str, list[str]], weights: Path) -> None:
    """Put the words into the clean configuration of the layers that they belong to.

    Args:
        vocabularies: by the names of their files.
        weights: the clean copy, which has the weights of words where a layer outputs tf-idf.

    Raises:
        Refused: a vocabulary does not belong to any layer.
    """
    left = set(vocabularies)
    for layer, path in stored(network):
        names = [f"{FOLDER}{path[1:]}/{part}vocabulary.txt" for part in ("", "_lookup_layer/")]
        names = [name for name in names if name in vocabularies]
        if layer["class_name"] not in LAYERS or not names:
            continue
        left -= set(names)
        config = layer["config"]
        if config.get("vocabulary") is None:
            config["vocabulary"] = _tokens(layer, vocabularies[names[0]])
            if config.get("output_mode") == "tf_idf":
                config["idf_weights"] = _idf(weights, path, len(config["vocabulary"]))
    if left:
        raise Refused(f"carries the vocabulary “{shown(min(left))}”, which none of its layers uses; save it again")


def _tokens(layer: LayerConfig, lines: list[str]) -> list[Any]:
    if layer["class_name"] != "IntegerLookup":
        return list(lines)
    if not all(_INTEGER.fullmatch(line) for line in lines):
        raise Refused(
            f"has a vocabulary of “{shown(layer['config'].get('name'))}” that is not whole numbers; save it again"
        )
    return [int(line) for line in lines]


def _idf(weights: Path, path: str, count: int) -> list[float]:
    with h5py.File(weights, "r") as file:
        for name in (f"{path}/vars/idf_weights", f"{path}/_lookup_layer/vars/idf_weights"):
            if isinstance(found := file.get(name), h5py.Dataset) and found.ndim == 1:
                return [float(value) for value in found[:count]]
    raise Refused("has a text layer without its word weights; save it again")
