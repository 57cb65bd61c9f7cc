"""The binary tree-structured LSTM."""

import keras

from dlviz_models.trees import TreeLSTMCell, tree_network


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
