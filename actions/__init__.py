"""Rasa's custom actions: thin hands that read the tracker, call one service, and stop."""
