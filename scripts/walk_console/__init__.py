"""`python -m scripts.walk_console`: works through a demo in the console with the keyboard alone, and counts the keys."""
