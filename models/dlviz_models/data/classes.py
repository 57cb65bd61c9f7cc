"""Names of the classes of well-known data sets."""

import csv
from collections import Counter
from functools import cache
from importlib.resources import files

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@cache
def imagenet_classes() -> tuple[str, ...]:
    """Return the 1,000 class names of ILSVRC-2012 in the usual order, each once.

    Where two classes share a short name, the first other word of the synset, if it has one, is added in brackets.
    """
    rows = _imagenet_table()
    often = Counter(row["name"] for row in rows)
    return tuple(_told_apart(row["name"], row["synset"]) if often[row["name"]] > 1 else row["name"] for row in rows)


@cache
def imagenet_wnids() -> tuple[str, ...]:
    """Return the WordNet numbers ("n01440764") of the same classes in the same order."""
    return tuple(row["wnid"] for row in _imagenet_table())


def class_title(name: str) -> str:
    """Return how people call a class: where `name` starts with a WordNet number of ImageNet's, its English name."""
    wnid = name[:9]
    return imagenet_classes()[imagenet_wnids().index(wnid)] if wnid in imagenet_wnids() else name


def _imagenet_table() -> list[dict[str, str]]:
    table = files("dlviz_models.data").joinpath("shipped/imagenet_classes.csv").read_text("utf-8")
    return list(csv.DictReader(table.splitlines()))


def _told_apart(name: str, synset: str) -> str:
    others = [word for word in synset.split(", ") if word != name]
    return f"{name} ({others[0]})" if others else name
