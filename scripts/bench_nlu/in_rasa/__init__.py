"""What runs in the Rasa environment; mypy, which runs in the other, leaves this folder alone."""
