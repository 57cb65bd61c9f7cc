"""The recursive neural tensor network."""

import keras

from dlviz_models.trees import TensorCell, tree_network


def RNTN(
    vocabulary: str = "abcdefghijklmnopqrstuvwxyz",
    classes: int = 5,
    units: int = 25,
    dropout: float = 0.3,
    name: str = "rntn",
) -> keras.Model:
    """Build the network in which the parts of a phrase also multiply each other, by a tensor (2 units, units, 2 units).

    R. Socher et al., Recursive deep models for semantic compositionality over a sentiment treebank, EMNLP 2013,
    https://aclanthology.org/D13-1170; 25 to 35 units there. Input and output as in `tree_network`.
    """
    return tree_network(TensorCell(units, name="cell"), vocabulary, units, classes, dropout, name)
