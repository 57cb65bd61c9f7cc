"""`dlviz.targets`, under the name that scripts know it by."""

from dlviz.targets import outputs_of_classes

__all__ = ["outputs_of_classes"]
