"""Scores of a classification, computed as scikit-learn does, on which the container's own metrics rest."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def accuracy(truth: Array, guess: Array) -> float:
    """Return the share of right guesses."""
    _check_classes(truth, guess)
    return float(np.mean(truth == guess))


def balanced_accuracy(truth: Array, guess: Array) -> float:
    """Return the mean recall of the classes that occur in the truth."""
    _check_classes(truth, guess)
    return float(np.mean([np.mean(guess[truth == label] == label) for label in np.unique(truth)]))


def precision(truth: Array, guess: Array, average: str) -> float:
    """Return right guesses over guesses, per class or over all."""
    hits, guessed, _ = _counts(truth, guess, average)
    return _mean_ratio(hits, guessed)


def recall(truth: Array, guess: Array, average: str) -> float:
    """Return right guesses over occurrences, per class or over all."""
    hits, _, occurring = _counts(truth, guess, average)
    return _mean_ratio(hits, occurring)


def f1(truth: Array, guess: Array, average: str) -> float:
    """Return the harmonic mean of precision and recall, per class or over all."""
    hits, guessed, occurring = _counts(truth, guess, average)
    return _mean_ratio(2 * hits, guessed + occurring)


def _counts(truth: Array, guess: Array, average: str) -> tuple[Array, Array, Array]:
    """Return hits, guesses and occurrences: of class 1 (`binary`), of each class (`macro`), of all (`micro`)."""
    labels = _check_classes(truth, guess)
    if average == "binary":
        labels = _the_positive_class(labels)
    hits = np.array([np.sum((truth == label) & (guess == label)) for label in labels], dtype=float)
    guessed = np.array([np.sum(guess == label) for label in labels], dtype=float)
    occurring = np.array([np.sum(truth == label) for label in labels], dtype=float)
    if average == "micro":
        return hits.sum(keepdims=True), guessed.sum(keepdims=True), occurring.sum(keepdims=True)
    return hits, guessed, occurring


def _the_positive_class(labels: Array) -> Array:
    if len(labels) > 2:
        raise ValueError("Target is multiclass but average='binary'. Please choose another average setting.")
    if 1 not in labels and len(labels) == 2:
        raise ValueError(f"pos_label=1 is not a valid label: It should be one of {labels.tolist()}")
    return np.array([1.0])


def _check_classes(truth: Array, guess: Array) -> Array:
    """Return the classes in use; labels that are no whole numbers are none."""
    if np.any(truth != np.floor(truth)):
        raise ValueError("Classification metrics can't handle a mix of continuous and binary targets")
    return np.unique(np.concatenate([truth, guess]))


def _mean_ratio(part: Array, whole: Array) -> float:
    return float(np.mean(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)))
