"""Measures how well, how fast and how cheaply messages are read; prints the tables that docs/nlu.md keeps."""
