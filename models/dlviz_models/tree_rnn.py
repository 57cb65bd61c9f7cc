"""The recursive network with one matrix."""

import keras

from dlviz_models.trees import TreeCell, tree_network


def TreeRNN(
    vocabulary: str = "abcdefghijklmnopqrstuvwxyz",
    classes: int = 5,
    units: int = 50,
    dropout: float = 0.3,
    name: str = "tree_rnn",
) -> keras.Model:
    """Build the recursive network: a phrase is tanh([a; b] W + bias) of its parts a and b.

    R. Socher et al., Parsing natural scenes and natural language with recursive neural networks, ICML 2011,
    https://icml.cc/2011/papers/125_icmlpaper.pdf; as the baseline "RNN" of the Stanford Sentiment Treebank's paper.
    Input and output as in `tree_network`.
    """
    return tree_network(TreeCell(units, name="cell"), vocabulary, units, classes, dropout, name)
