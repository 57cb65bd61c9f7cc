"""Analyses of a network, one method per module, independent of sheets and screens."""
