"""Recurrent networks: one cell, word after word

The same cell reads every word; each state is made of the word and of the state before it. Below, a network that adds:
its state after each character of a sum.
"""

import dlviz

dlviz.lesson("rnn_unrolled", out="unrolled.png")
dlviz.show("states", "sums", input="text:74+8", out="states.png")
