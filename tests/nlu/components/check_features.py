"""The fingerprints that a training takes of everything: different for what differs, and quick."""

from __future__ import annotations

import unittest

import numpy as np
import scipy.sparse
from rasa.shared.nlu.constants import TEXT, TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message

from nlu.components.features import add_row
from nlu.components.ngrams import NgramFeaturizer
from nlu.components.tokenizer import MixedScriptTokenizer

FEATURIZER = NgramFeaturizer(NgramFeaturizer.get_default_config(), None, None)
TOKENIZER = MixedScriptTokenizer(MixedScriptTokenizer.get_default_config())


def fingerprint_with(row: np.ndarray | scipy.sparse.csr_matrix) -> str:
    message = Message({TEXT: "water"})
    add_row(message, row, FEATURIZER)
    return message.fingerprint()


def sparse(columns: list[int], values: list[float], width: int = 9) -> scipy.sparse.csr_matrix:
    return scipy.sparse.csr_matrix((values, columns, [0, len(columns)]), shape=(1, width))


class Fingerprints(unittest.TestCase):
    def test_the_same_features_have_the_same_one(self) -> None:
        assert fingerprint_with(np.ones((1, 4))) == fingerprint_with(np.ones((1, 4)))
        assert fingerprint_with(sparse([1, 3], [1, 2])) == fingerprint_with(sparse([1, 3], [1, 2]))

    def test_another_number_place_or_width_makes_another(self) -> None:
        rows = [
            np.ones((1, 4)), np.zeros((1, 4)), sparse([1, 3], [1, 2]), sparse([1, 3], [1, 5]),
            sparse([1, 4], [1, 2]), sparse([1, 3], [1, 2], width=10),
        ]  # fmt: skip
        assert len({fingerprint_with(row) for row in rows}) == len(rows)

    def test_other_tokens_make_another(self) -> None:
        found = set()
        for text in ("water on floor 3", "water on floor 4", "water  floor on 3"):
            [token_message] = TOKENIZER.process([Message({TEXT: text})])
            found.add(Message({TEXT_TOKENS: token_message.get(TEXT_TOKENS)}).fingerprint())
        assert len(found) == 3
