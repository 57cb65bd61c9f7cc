"""Inside a digit classifier: LeNet-5

Filters are what the network learned, activation maps are what they make of one digit, and the top patches are what a
unit looks for: the parts of 1,000 digits to which it responds most, beside what in them made it respond (deconvnet).
"""

import dlviz

network = dlviz.open_model("lenet5")
print(network.layers["conv2"].shape)  # (height, width, units)

dlviz.show("patches", network, layer="conv2", units=(1, 4), data="digits", reconstruct="deconv", out="patches.png")
dlviz.show("activations", network, layer="conv1", input="digits:7", out="maps.png")
dlviz.show("filters", network, layer="conv1", out="filters.png")
