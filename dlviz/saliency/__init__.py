"""Saliency methods, each a dataclass whose fields are its options."""

from dlviz.saliency.gradcam import GradCAM, GradCAMPlusPlus
from dlviz.saliency.gradients import Gradient, IntegratedGradients, SmoothGrad
from dlviz.saliency.method import Method
from dlviz.saliency.occlusion import Occlusion
from dlviz.saliency.relevance import Relevance

__all__ = ["METHODS", "Method"]

METHODS: dict[str, type[Method]] = {
    method.name: method
    for method in (Gradient, SmoothGrad, IntegratedGradients, GradCAM, GradCAMPlusPlus, Occlusion, Relevance)
}
