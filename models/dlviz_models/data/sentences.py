"""Sentences on films made by code, as parse trees with the sentiment of every phrase. The same at every call."""

from itertools import product

from dlviz_models.data.parts import Data
from dlviz_models.data.samples import ListedSamples
from dlviz_models.data.treebank import parse, tree_data

SUBJECTS = ("film", "movie", "story", "music", "actor")
ADJECTIVES = {"good": 3, "funny": 3, "moving": 3, "wonderful": 4, "bad": 1, "dull": 1, "terrible": 0, "long": 2}
"""Each with its class: 0 is very negative, 2 neutral, 4 very positive."""
FORMS = ("", "very", "not", "not very")


def sentences() -> Data[ListedSamples]:
    """Return "the film is not very good" and its like, each a binary tree with a class 0..4 at every node.

    "very" makes what it stands before stronger; "not" turns it, and makes it weaker.
    """
    made = [parse(_sentence(*words)) for words in product(SUBJECTS, ADJECTIVES, FORMS)]
    return tree_data("sentences", made)


def _sentence(subject: str, adjective: str, form: str) -> str:
    label = ADJECTIVES[adjective]
    phrase = f"({label} {adjective})"
    if "very" in form:
        label = max(0, min(4, label + (label > 2) - (label < 2)))
        phrase = f"({label} (2 very) {phrase})"
    if "not" in form:
        label = {0: 2, 1: 3, 2: 2, 3: 1, 4: 1}[label]
        phrase = f"({label} (1 not) {phrase})"
    return f"({label} (2 (2 the) (2 {subject})) ({label} (2 is) {phrase}))"
