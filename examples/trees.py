"""Trees: the sentiment of every part of a sentence

A recursive network puts the same cell at every node of the parse tree. Which node turns the answer?
"""

import dlviz

tree = "tree:(1 (2 not) (4 (2 very) (4 good)))"
dlviz.show("predictions", "tree_lstm", input=tree, out="tree.png")
