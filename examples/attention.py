"""Attention: which word looks at which

A query asks, keys answer, and the weights say how much of each value is taken; every row sums to 1. Below, by hand,
then what a network that rewrites dates looks at while it writes.
"""

import dlviz

dlviz.lesson("attention_by_hand", out="by_hand.png")
sheet = dlviz.show("attention", "dates", input="text:march 3, 1999", out="attention.png")
attention = next(iter(sheet.arrays.values()))
print(attention.sum(axis=-1))
