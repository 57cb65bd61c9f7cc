"""Why deep: what one layer cannot do

A unit with a threshold is a line in the plane. AND and OR need one line, XOR needs two and a unit that joins them. And
without something non-linear in between, ten layers are one matrix.
"""

import dlviz

dlviz.lesson("logic_gates", out="logic_gates.png")
dlviz.lesson("linear_layers", out="linear_layers.png")
