"""Tests of the deep reader."""
