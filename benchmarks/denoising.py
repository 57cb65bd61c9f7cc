"""White noise at 0 dB taken away from spoken digits: the trained denoiser beside two Wiener filters, same recordings.

python benchmarks/denoising.py RECORDINGS.npz DENOISER.keras
"""

import argparse

import keras
import numpy as np
from scipy.ndimage import uniform_filter
from scipy.signal import istft, stft, wiener

from dlviz_models.data.datasets import open_dataset
from dlviz_models.tasks.denoising import BATCH, Denoise, snr_gain_db

WINDOW, OVERLAP = 256, 192


def spectral_wiener(noisy: np.ndarray) -> np.ndarray:
    """Return signals (n, time) with each time and frequency scaled by 1 - noise power / power, at least 0.

    The filter is told that the noise has the power 1; the power is a mean over five moments and three frequencies.
    """
    _, _, spectrum = stft(noisy, nperseg=WINDOW, noverlap=OVERLAP)  # (n, frequency, moment)
    window = np.hanning(WINDOW + 1)[:-1]
    noise = np.square(window).sum() / window.sum() ** 2
    power = uniform_filter(np.square(np.abs(spectrum)), (0, 3, 5))
    gain = np.maximum(1 - noise / np.maximum(power, 1e-12), 0)
    _, cleaned = istft(spectrum * gain, nperseg=WINDOW, noverlap=OVERLAP)
    return cleaned[:, : noisy.shape[1]]


def sample_wiener(noisy: np.ndarray) -> np.ndarray:
    """Return signals (n, time), filtered by `scipy.signal.wiener` over 15 samples with the noise's power told."""
    with np.errstate(divide="ignore", invalid="ignore"):  # where a recording has ended
        return np.nan_to_num(np.stack([wiener(row, 15, 1.0) for row in noisy]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings")
    parser.add_argument("denoiser")
    arguments = parser.parse_args()
    data = open_dataset(arguments.recordings)
    test = Denoise(data, {}, None, seed=0).test
    noisy = np.asarray(test.x)
    network = keras.saving.load_model(arguments.denoiser)
    for name, cleaned in {
        "denoiser": network.predict(noisy, batch_size=BATCH, verbose=0),
        "Wiener filter of the spectrum": spectral_wiener(noisy[..., 0])[..., None],
        "scipy.signal.wiener of 15 samples": sample_wiener(noisy[..., 0])[..., None],
    }.items():
        print(f"{name}: {snr_gain_db(test, cleaned):.2f} dB over {len(test)} recordings")


if __name__ == "__main__":
    main()
