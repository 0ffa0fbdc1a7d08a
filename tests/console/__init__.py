"""The console through the door people use: HTTP."""
