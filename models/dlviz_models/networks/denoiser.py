"""The recurrent denoising autoencoder."""

from typing import Literal

import keras
from keras import layers

from dlviz_models.networks.rnn import CELLS


def Denoiser(
    filters: int = 128,
    window: int = 128,
    step: int = 32,
    units: int = 128,
    cell: Literal["gru", "lstm", "simple"] = "gru",
    noise: float = 1.0,
    name: str = "denoiser",
) -> keras.Model:
    """Build a recurrent autoencoder that takes white noise away from a signal.

    A. L. Maas et al., Recurrent neural networks for noise reduction in robust ASR, Interspeech 2012,
    DOI 10.21437/Interspeech.2012-6: a hidden layer sees three frames, a recurrent one remembers, a third one leads to
    the output. There the frames are given features of speech; here a convolution `encoder` learns them from the samples
    and a transposed one, `decoder`, adds frames up to samples again, as in Y. Luo, N. Mesgarani, TasNet, 2017,
    arXiv 1711.00541. Between them stands a `gain` 0..1 for each filter at each moment, which is what a Wiener filter
    computes from the spectra of signal and noise. The recurrent layer reads in both directions.

    It takes signals (n, time, 1) of mean square about 1, `time` a multiple of `step`, and gives as many samples
    `clean`. In training only, white noise of deviation `noise` is added to what goes in, anew each time.

    Args:
        window, step: width of a frame, and from one frame to the next, in samples.
    """
    inputs = layers.Input((None, 1), name="signal")
    x = layers.GaussianNoise(noise, name="noise")(inputs)
    frames = layers.Conv1D(filters, window, step, padding="same", use_bias=False, name="encoder")(x)  # (n, t, filters)
    x = layers.Conv1D(units, 3, padding="same", activation="relu", name="hidden1")(layers.ReLU(name="rectify")(frames))
    recurrent = CELLS[cell](units, return_sequences=True, name="recurrent")
    x = layers.Bidirectional(recurrent, name="recurrent")(x)  # (n, t, 2 units)
    x = layers.Dense(units, activation="relu", name="hidden3")(x)
    gain = layers.Dense(filters, activation="sigmoid", name="gain")(x)  # (n, t, filters)
    x = layers.Multiply(name="cleaned")([frames, gain])
    x = layers.Conv1DTranspose(1, window, step, padding="same", use_bias=False, name="clean")(x)  # (n, time, 1)
    return keras.Model(inputs, x, name=name)
