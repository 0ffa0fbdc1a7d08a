"""A Telegram Bot API stand-in with a phone in the browser: only for trying out and for tests.

Nothing of the running product may import this package.
"""
