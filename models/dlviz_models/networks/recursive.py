"""Recursive networks over parse trees: from the words up to the root, one cell joins two parts at a time."""

import keras

from dlviz_models.layers.trees import TensorCell, TreeCell, TreeLSTMCell, tree_network


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


def TreeLSTM(
    vocabulary: str = "abcdefghijklmnopqrstuvwxyz",
    classes: int = 5,
    embedding: int = 100,
    units: int = 100,
    dropout: float = 0.5,
    name: str = "tree_lstm",
) -> keras.Model:
    """Build the LSTM whose memory runs from the leaves to the root, with a forget gate for either part.

    K. S. Tai, R. Socher, C. D. Manning, Improved semantic representations from tree-structured long short-term memory
    networks, 2015, arXiv 1503.00075, section 3.2 (N = 2); 150 units and 300-dimensional GloVe vectors there, learned
    vectors here. Input and output as in `tree_network`.
    """
    return tree_network(TreeLSTMCell(units, name="cell"), vocabulary, embedding, classes, dropout, name)
