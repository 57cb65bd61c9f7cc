"""Adversarial attacks, with random noise of the same norm as the control.

Every attack works on a whole batch, in units that do not depend on the preprocessing: pixels 0..1 in the model's
channel order, sounds scaled so that their full range is 1, numbers in standard deviations of the data. Each attack is a
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
