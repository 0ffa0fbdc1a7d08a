"""Tests, in folders named like the packages they enter by."""
