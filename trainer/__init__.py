"""Trains models, reads with candidates, and puts a model into service: slow work, apart from everything that answers."""
