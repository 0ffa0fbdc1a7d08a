"""The world outside: PostgreSQL, Rasa, Telegram, files."""
