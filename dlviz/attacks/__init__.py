"""Inputs that a network gets wrong though they look the same: attacks, and noise of the same size as a control.

Every attack works on a whole batch at once, in units that suit every preprocessing: pixels 0..1 in the order of the
model's channels, sounds on a scale where their whole range is 1, numbers in standard deviations of the data. Each is a
dataclass whose fields are its options.
"""

from dlviz.attacks.carlini_wagner import CarliniWagner
from dlviz.attacks.deepfool import DeepFool
from dlviz.attacks.fgsm import FGSM
from dlviz.attacks.lbfgs import LBFGS
from dlviz.attacks.method import Method
from dlviz.attacks.pgd import PGD
from dlviz.attacks.universal import Universal

__all__ = ["METHODS", "Method"]

METHODS: dict[str, type[Method]] = {
    method.name: method for method in (LBFGS, FGSM, PGD, DeepFool, CarliniWagner, Universal)
}
