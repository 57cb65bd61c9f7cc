"""Valid but unusual networks, made by code."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

LONG = "a_very_long_name_" * 12


def dynamic_sizes() -> keras.Model:
    image = keras.Input((None, None, 3))
    return keras.Model(image, layers.GlobalMaxPooling2D()(layers.Conv2D(2, 3)(image)))


def dynamic_time() -> keras.Model:
    words = keras.Input((None,), dtype="int32")
    x = layers.Embedding(9, 3, mask_zero=True)(words)
    x, *_ = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    return keras.Model(words, layers.GlobalAveragePooling1D()(x))


def fixed_batch() -> keras.Model:
    image = keras.Input(batch_shape=(2, 5))
    return keras.Model(image, layers.Dense(2)(image))


def names_of_all_letters() -> keras.Model:
    image = keras.Input((4,), name="größe 網")
    x = layers.Dense(3, name="<b>bold & [red]x")(image)
    x = layers.Dense(3, name="line\nbreak\x1b[31m\u202eevil")(x)
    return keras.Model(image, layers.Dense(2, name="$\\frac{1}{2}$ {x} %s")(x), name="名前 'quoted\"")


def long_names() -> keras.Model:
    image = keras.Input((4,), name=LONG)
    return keras.Model(image, layers.Dense(2, name=LONG + "dense")(image), name=LONG + "net")


def sequential_without_input() -> keras.Model:
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    model.build((None, 4))
    return model


def sequential_in_sequential() -> keras.Model:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    return keras.Sequential([keras.Input((4,)), keras.Sequential([inner, layers.ReLU()]), layers.Dense(2)])


def nested_three_deep() -> keras.Model:
    def around(inner: keras.Model | None, depth: int) -> keras.Model:
        image = keras.Input((4,))
        x = layers.Dense(4)(image)
        model = keras.Model(image, x if inner is None else inner(x))
        return model if depth == 0 else around(model, depth - 1)

    return around(None, 3)


def one_network_twice() -> keras.Model:
    tower = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    left, right = keras.Input((4,)), keras.Input((4,))
    return keras.Model([left, right], layers.Dot(1)([tower(left), tower(right)]))


def named_inputs_and_outputs() -> keras.Model:
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    outputs = {"sum": layers.Add()([one, two]), "dense": layers.Dense(2)(one)}
    return keras.Model({"one": one, "two": two}, outputs)


def half_weights() -> keras.Model:
    image = keras.Input((6,), dtype="float16")
    return keras.Model(image, layers.Dense(3, dtype="float16")(image))


def mixed() -> keras.Model:
    image = keras.Input((6,))
    return keras.Model(image, layers.Dense(3, dtype="mixed_float16")(image))


def double_weights() -> keras.Model:
    image = keras.Input((6,), dtype="float64")
    return keras.Model(image, layers.Dense(3, dtype="float64")(image))


def other_convolutions() -> keras.Model:
    image = keras.Input((8, 8, 4))
    x = layers.SeparableConv2D(4, 3, depth_multiplier=2)(image)
    x = layers.Conv2DTranspose(3, 3, strides=2)(layers.DepthwiseConv2D(3, padding="same")(x))
    return keras.Model(image, layers.UpSampling2D()(layers.ZeroPadding2D()(layers.Cropping2D(1)(x))))


def one_and_three_dimensions() -> keras.Model:
    film, sound = keras.Input((4, 4, 4, 2)), keras.Input((16, 2))
    x = layers.GlobalAveragePooling3D()(layers.Conv3D(2, 2, dilation_rate=2)(film))
    y = layers.GlobalMaxPooling1D()(layers.Conv1D(2, 3, padding="causal")(sound))
    return keras.Model([film, sound], layers.Concatenate()([x, y]))


def cells() -> keras.Model:
    steps = keras.Input((5, 3))
    x = layers.RNN([layers.GRUCell(3), layers.LSTMCell(4)], return_sequences=True)(steps)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="sum")(x)
    return keras.Model(steps, layers.ConvLSTM1D(2, 2)(layers.Reshape((5, 2, 1))(x)))


def attention() -> keras.Model:
    steps = keras.Input((5, 4))
    x = layers.MultiHeadAttention(2, 3, value_dim=5)(steps, steps, use_causal_mask=True)
    x = layers.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d")(x)
    return keras.Model(steps, layers.LayerNormalization()(layers.Attention(use_scale=True)([x, x])))


def normalisations() -> keras.Model:
    image = keras.Input((8, 8, 4))
    x = layers.Normalization(mean=0.3, variance=2.0)(layers.Rescaling(1 / 255)(image))
    x = layers.GroupNormalization(2)(layers.PReLU(shared_axes=[1, 2])(x))
    x = layers.SpectralNormalization(layers.Conv2D(2, 3))(layers.UnitNormalization()(x))
    return keras.Model(image, layers.Softmax(axis=[1, 2])(layers.Resizing(4, 4)(x)))


def normalisation_of_data() -> keras.Model:
    layer = layers.Normalization()
    layer.adapt(np.array([[1.0, 2.0], [3.0, 5.0]]))
    return keras.Sequential([keras.Input((2,)), layer, layers.Dense(1)])


def regularised() -> keras.Model:
    image = keras.Input((4,))
    x = layers.Dense(
        3,
        kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2),
        activity_regularizer="l1",
        kernel_initializer=keras.initializers.VarianceScaling(2.0, seed=3),
        bias_initializer=keras.initializers.Constant(0.5),
        bias_constraint=keras.constraints.MinMaxNorm(0.0, 2.0),
        activation=keras.activations.gelu,
    )(image)
    model = keras.Model(image, layers.Activation(layers.ELU(0.5))(x))
    model.layers[1].trainable = False
    return model


def quantised() -> keras.Model:
    model = keras.Sequential([keras.Input((16,)), layers.Dense(8), layers.Dense(2)])
    for layer in model.layers:
        layer.quantize("int8")
    return model


def without_weights() -> keras.Model:
    image = keras.Input((4, 4, 1))
    return keras.Model(image, layers.Flatten()(layers.MaxPooling2D()(image)))


def sliced() -> keras.Model:
    image = keras.Input((6, 4))
    x = image[:, 1:-1:2, None, ..., :3]
    return keras.Model(image, keras.ops.einsum("abcd,ab->ad", x, keras.ops.sum(image[:, ::3], axis=-1) ** 2))


def numbers_in_calls() -> keras.Model:
    image = keras.Input((3,))
    return keras.Model(image, keras.ops.where(image > 1.5, image, keras.ops.clip(image, 0, 1)) + 0.5)


def augmentation() -> keras.Model:
    image = keras.Input((8, 8, 3))
    x = layers.RandomRotation(0.1, seed=1)(layers.RandomFlip(seed=2)(layers.Dropout(0.5)(image)))
    return keras.Model(image, layers.Flatten()(layers.RandomContrast(0.2)(x)))


def parts_of_applications() -> keras.Model:
    from keras.src.applications.convnext import LayerScale, StochasticDepth

    image = keras.Input((4, 4, 2))
    return keras.Model(image, StochasticDepth(0.2)(LayerScale(0.5, 2)(image)))


def many_layers() -> keras.Model:
    return keras.Sequential([keras.Input((3,)), *[layers.Dense(3) for _ in range(60)]])


NETWORKS: tuple[Callable[[], keras.Model], ...] = (
    dynamic_sizes, dynamic_time, fixed_batch, names_of_all_letters, long_names, sequential_without_input,
    sequential_in_sequential, nested_three_deep, one_network_twice, named_inputs_and_outputs, half_weights, mixed,
    double_weights, other_convolutions, one_and_three_dimensions, cells, attention, normalisations,
    normalisation_of_data, regularised, quantised, without_weights, sliced,
    numbers_in_calls, augmentation, parts_of_applications, many_layers,
)  # fmt: skip


def fed(model: keras.Model) -> Any:
    """Numbers 0..8 of the shapes and types that the network takes, open sizes being 5."""
    random = np.random.default_rng(0)

    def numbers(tensor: Any) -> Any:
        shape = [size or 5 for size in tensor.shape[1:]]
        return random.integers(0, 9, (2, *shape)).astype(tensor.dtype)

    functional = model._functional if isinstance(model, keras.Sequential) else model
    return keras.tree.map_structure(numbers, functional._inputs_struct)
