"""How a layer maps the axes of its input to those of its output, and which positions each output position depends on.

A layer that is not in the table has no routes.
"""

from __future__ import annotations

from dataclasses import replace

import keras

from dlviz.routes import axes, mixing, spatial
from dlviz.routes.route import Routes, Rule, StepInput, everywhere, pointwise, same


def routes(tensor: StepInput) -> Routes | None:
    """The routes of the axes of an input tensor, without the batch axis; None for an unknown layer."""
    if isinstance(tensor.layer, keras.layers.SpectralNormalization):
        return routes(replace(tensor, layer=tensor.layer.layer))
    if type(tensor.layer).__module__.split(".")[0] not in ("keras", "dlviz_models"):
        return None
    for kind in type(tensor.layer).__mro__:
        if kind.__name__ in RULES:
            return RULES[kind.__name__](tensor)
    return None


def _per_frame(p: StepInput) -> Routes | None:
    """The routes of the wrapped layer, behind the time axis."""
    inner = routes(replace(p, layer=p.layer.layer, given=p.given[1:], output=p.output[1:]))
    return None if inner is None else after_time(inner)


def after_time(inner: Routes) -> Routes:
    """The routes `inner` of one frame, with the unchanged time axis in front."""
    return [same(0), *(replace(route, axis=None if route.axis is None else route.axis + 1) for route in inner)]


def _table(groups: dict[str, Rule]) -> dict[str, Rule]:
    return {name: rule for names, rule in groups.items() for name in names.split()}


RULES: dict[str, Rule] = _table({
    "Conv1D Conv2D Conv3D DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D": spatial.convolution,
    "Conv1DTranspose Conv2DTranspose Conv3DTranspose": spatial.transposed,
    "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D": spatial.pooling,
    "L2Pooling2D MaxPool AveragePool": spatial.pooling,
    "BaseAdaptivePooling AdaptiveMaxPool AdaptiveAveragePool": spatial.adaptive,
    "BaseGlobalPooling": spatial.global_pooling,
    "LocalContrastNormalization": spatial.contrast,
    "ZeroPadding1D ZeroPadding2D ZeroPadding3D": spatial.padded,
    "Cropping1D Cropping2D Cropping3D": spatial.cropped,
    "UpSampling1D UpSampling2D UpSampling3D": spatial.upsampled,
    "Pad": spatial.padded_arrays,
    "PadImages": spatial.images_padded,
    "CropImages": spatial.images_cropped,
    "Resizing Resize": spatial.resizing,
    "CenterCrop": spatial.centre_crop,
    "MelSpectrogram": spatial.spectrogram,
    "Permute": axes.permute,
    "Transpose": axes.transpose,
    "Moveaxis": axes.moveaxis,
    "Swapaxes": axes.swapaxes,
    "GetItem": axes.item,
    "Split": axes.split,
    "Flip": axes.flip,
    "Mean Max Min Sum Prod Std Var Any All Argmax Argmin Norm Logsumexp": axes.reduction,
    "Dense OneHotDense RBM": mixing.last_mixed,
    "Softmax LogSoftmax LayerNormalization RMSNormalization UnitNormalization": mixing.softmax,
    "Activation": mixing.activation,
    "GroupNormalization": mixing.group_normalization,
    "EinsumDense": mixing.einsum,
    "Matmul": mixing.matrix_product,
    "Embedding OneHot": mixing.pointwise_tokens,
    "CategoryEncoding": mixing.category_encoding,
    "MultiHeadAttention GroupQueryAttention Attention AdditiveAttention": mixing.attention,
    "RNN": mixing.recurrent,
    "Bidirectional AlignmentWeights HeadWeights HeadMixture Recursive Dot": everywhere,
    "TimeDistributed": _per_frame,
    "ReLU LeakyReLU PReLU ELU Identity BatchNormalization Rescaling Normalization Masking Text": pointwise,
    "SinePositions": pointwise,
    "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout GaussianNoise": pointwise,
    "ActivityRegularization Add Subtract Multiply Average Maximum Minimum Divide TrueDivide Power Square": pointwise,
    "Sqrt Rsqrt Exp Expm1 Log Log1p Absolute Abs Negative Sign Clip Relu Relu6 LeakyRelu Elu Selu Gelu": pointwise,
    "Silu": pointwise,
    "Sigmoid LogSigmoid Tanh Sin Cos Erf Round Floor Ceil Softplus Softsign HardSigmoid HardSilu HardTanh": pointwise,
    "Cast Where Mod FloorDivide Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr": pointwise,
    "LogicalNot BroadcastTo ZerosLike OnesLike StopGradient IntegerLookup StringLookup Hashing": pointwise,
    "Discretization LocalResponseNormalization ThresholdedReLU LayerScale StochasticDepth": pointwise,
    # what alters pictures at random does so only while a network is trained
    "RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomElasticTransform": pointwise,
    "RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective": pointwise,
    "RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation": pointwise,
    "RandomZoom ElasticDistortion": pointwise,
})  # fmt: skip
"""Layers and operations, of Keras and of this project, by the name of their class or of one above it."""
