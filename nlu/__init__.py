"""The Rasa project's own code: NLU components, the input channel, the tracker store. Runs in `.venv-rasa` only."""
