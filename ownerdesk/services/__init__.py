"""Writes. A service takes the session, the acting person and the time, never commits, does no network I/O."""
