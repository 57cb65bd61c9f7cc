"""Pictures that a network gets wrong though they look the same: attacks, and noise of the same size as a control.

Every attack works on pixels 0..1 in the order of the model's channels, so that one step length suits every
preprocessing, and on the whole batch at once. Each is a generator of `Attempt`s; the last one is the result.
"""

from dlviz.adversarial.fgsm import fgsm
from dlviz.adversarial.layers import LayerChanges
from dlviz.adversarial.lbfgs import LBFGS
from dlviz.adversarial.noise import noise_of_norm
from dlviz.adversarial.objective import Attempt, Objective, norms
from dlviz.adversarial.outcome import Outcome

__all__ = ["LBFGS", "Attempt", "LayerChanges", "Objective", "Outcome", "fgsm", "noise_of_norm", "norms"]
