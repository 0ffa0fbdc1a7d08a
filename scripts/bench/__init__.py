"""Measures Ownerdesk and, in the same run, stock Rasa; prints the tables that docs/performance.md keeps."""
