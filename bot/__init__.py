"""The Telegram bot: stores every update, handles each exactly once, and turns what owners do into services."""
