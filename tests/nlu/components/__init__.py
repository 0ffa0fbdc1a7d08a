"""Tests of the graph components. They import Rasa, so `test_components.py` runs them in the Rasa environment."""
