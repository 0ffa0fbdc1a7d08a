"""The console and the phone page in a headless browser."""
