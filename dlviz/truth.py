"""`dlviz.targets` under its earlier name."""

from dlviz.targets import outputs_of_classes

__all__ = ["outputs_of_classes"]
