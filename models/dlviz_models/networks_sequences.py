"""The networks for sequences and trees. Their sizes are those of the builders' defaults: the papers' depend on a
vocabulary."""

from dlviz_models.spec import NetworkSpec

SEQUENCE_NETWORKS = (
    NetworkSpec(
        "rnn",
        "classifier",
        "Recurrent layers (simple, LSTM or GRU) that read a text, or a picture row by row, and name its class.",
        "Hochreiter, Schmidhuber, Long short-term memory, 1997, DOI 10.1162/neco.1997.9.8.1735",
        (28, 28, 1),
        81_674,
        "rnn",
        "RNN",
    ),
    NetworkSpec(
        "conv1d",
        "classifier",
        "One convolution over a text or a string of DNA, with filters of several widths; the largest answers count.",
        "Kim, Convolutional neural networks for sentence classification, 2014, arXiv 1408.5882",
        (28, 28, 1),
        36_910,
        "conv1d",
        "Conv1DNet",
    ),
    NetworkSpec(
        "m5",
        "classifier",
        "Convolutions over the samples of a sound; the first filters become a bank of band passes.",
        "Dai et al., Very deep convolutional neural networks for raw waveforms, 2016, arXiv 1610.00087",
        (8000, 1),
        561_162,
        "conv1d",
        "M5",
    ),
    NetworkSpec(
        "seq2seq",
        "translator",
        "An LSTM reads a text, another writes its translation; with attention if wished.",
        "Sutskever, Vinyals, Le, Sequence to sequence learning with neural networks, 2014, arXiv 1409.3215",
        (None,),
        201_294,
        "seq2seq",
        "Seq2Seq",
    ),
    NetworkSpec(
        "transformer",
        "translator",
        "Encoder and decoder of nothing but attention; each head's weights can be looked at.",
        "Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762",
        (None,),
        234_958,
        "transformer",
        "Transformer",
    ),
    NetworkSpec(
        "tree_rnn",
        "tree classifier",
        "A phrase is one matrix times its two parts, from the words of a parse tree up to its root.",
        "Socher et al., Parsing natural scenes and natural language with recursive neural networks, ICML 2011",
        (None,),
        6_805,
        "tree_rnn",
        "TreeRNN",
    ),
    NetworkSpec(
        "rntn",
        "tree classifier",
        "As tree_rnn, with a tensor by which the two parts of a phrase multiply each other.",
        "Socher et al., Recursive deep models for semantic compositionality over a sentiment treebank, 2013, "
        "https://aclanthology.org/D13-1170",
        (None,),
        64_655,
        "rntn",
        "RNTN",
    ),
    NetworkSpec(
        "tree_lstm",
        "tree classifier",
        "An LSTM whose memory runs from the words of a parse tree up to its root.",
        "Tai, Socher, Manning, Improved semantic representations from tree-structured LSTM networks, 2015, "
        "arXiv 1503.00075",
        (None,),
        134_305,
        "tree_lstm",
        "TreeLSTM",
    ),
)
