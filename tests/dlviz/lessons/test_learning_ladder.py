"""Oriented gradients are scikit-image's; accuracies are ordered; confusions and evidence add up."""

import numpy as np
import pytest
from skimage.feature import hog
from sklearn.metrics import confusion_matrix

from dlviz.experiments import pictures
from dlviz.experiments.learning_ladder import CELL, ORIENTATIONS, RUNGS, SIZES, LearningLadder, oriented_gradients
from dlviz.films import last
from dlviz.lessons.learning_ladder import LearningLadderLesson, evidence


def test_oriented_gradients_are_those_of_scikit_image():
    x = pictures("digits")[2][:4]
    for found, picture in zip(oriented_gradients(x), x[..., 0].astype(float), strict=True):
        expected = hog(picture, ORIENTATIONS, (CELL, CELL), (1, 1), "L2", feature_vector=False)[:, :, 0, 0]
        same = np.isclose(found, expected, atol=1e-3)  # but for gradients right between two bins
        assert same.mean() > 0.95


@pytest.mark.parametrize("count", SIZES[1:])
def test_each_rung_is_better_than_the_one_below(count):
    outcome = LearningLadder(count).recorded()
    final = outcome["accuracy"][:, -1]
    assert (np.diff(final) > 0).all()
    labels = pictures("digits")[3]
    np.testing.assert_allclose((outcome["predicted"][:, -1] == labels).mean(axis=1), final, atol=1e-6)


def test_few_digits_make_the_figures_of_the_lecture():
    pixels, gradients, learned = LearningLadder(SIZES[0]).recorded()["accuracy"][:, -1]
    assert pixels == pytest.approx(0.8, abs=0.02)
    assert gradients == pytest.approx(0.9, abs=0.02)
    assert learned < gradients


def test_both_figures_of_the_lecture_are_exceeded_and_said():
    sheet = last(LearningLadderLesson, {})
    assert sheet.arrays["accuracy"][0, -1] > 0.8
    assert sheet.arrays["accuracy"][1, -1] > 0.9
    assert "about 80%" in sheet.answer
    assert "about 90%" in sheet.answer


@pytest.mark.parametrize("rung", RUNGS)
def test_the_confusion_matrix_is_that_of_scikit_learn(rung):
    sheet = last(LearningLadderLesson, {"rung": rung, "count": 300})
    expected = confusion_matrix(pictures("digits")[3], sheet.arrays["predicted"][RUNGS.index(rung)])
    np.testing.assert_array_equal(sheet.arrays["confusion"], expected)


def test_evidence_adds_up_to_the_difference_of_the_logits():
    outcome, x = LearningLadder().recorded(), pictures("digits")[2][:6].astype(np.float32) / 255
    w = outcome["pixel_weights"].astype(np.float32).reshape(784, 10)
    logits = x.reshape(6, 784) @ w
    found = evidence(outcome, x, 8, 3).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found, logits[:, 3] - logits[:, 8], rtol=1e-4, atol=1e-3)
