"""What the featurizers add to a message, one row each."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import scipy.sparse
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message


class SentenceFeatures(Features):
    """Features of a whole text. Rasa's training takes the fingerprint of every message after every component, and its
    own way writes out each number of a sparse row: half a minute for twenty thousand messages."""

    def fingerprint(self) -> str:
        if self._cached_fingerprint is None:
            row: Any = self.features
            arrays = [row.data, row.indices] if self.is_sparse() else [row]
            digest = hashlib.md5(f"{self.origin} {row.shape}".encode(), usedforsecurity=False)
            for array in arrays:
                digest.update(np.ascontiguousarray(array).tobytes())
            self._cached_fingerprint = digest.hexdigest()
        return self._cached_fingerprint


def add_row(
    message: Message, row: np.ndarray | scipy.sparse.csr_matrix, featurizer: Featurizer
) -> None:
    """`row` has two dimensions, the first of length 1."""
    message.add_features(
        SentenceFeatures(row, FEATURE_TYPE_SENTENCE, TEXT, type(featurizer).__name__)
    )
