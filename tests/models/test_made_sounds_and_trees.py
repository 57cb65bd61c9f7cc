import numpy as np
from scipy.signal import hilbert

from dlviz_models.data.sentences import sentences
from dlviz_models.data.tones import CLASSES, RATE, tones


def pitch(samples: np.ndarray) -> float:
    """The strongest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE / len(samples))


def test_tones_are_what_their_classes_say() -> None:
    data = tones()
    assert (len(data.train), len(data.test)) == (1_600, 400)
    for number in range(40):
        sound = data.test.sample(number)
        change = pitch(sound.samples[-1000:]) / pitch(sound.samples[:1000])
        loudness = np.abs(hilbert(sound.samples))
        smooth = np.convolve(loudness, np.ones(150) / 150, "valid")
        trembles = smooth.min() < 0.4 * smooth.max()
        found = "trembling" if trembles else "rising" if change > 1.3 else "falling" if change < 0.75 else "steady"
        assert found == CLASSES[sound.target]


def test_not_turns_a_phrase_and_very_makes_it_stronger() -> None:
    data = sentences()
    roots = {" ".join(tree.words): int(tree.target[-1]) for tree in data.whole.samples}
    assert len(roots) == 160
    assert roots["the film is good"] == 3
    assert roots["the film is very good"] == 4
    assert roots["the film is not very good"] == 1
    assert roots["the film is not terrible"] == 2
