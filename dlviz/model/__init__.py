"""A Keras model taken apart: its graph, layers and weights, and what it takes and gives."""
