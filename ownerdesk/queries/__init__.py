"""Reads and access checks. `get_` raises, `find_` may be None, `list_` is ordered, `count_` counts."""
