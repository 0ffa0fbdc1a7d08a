"""The worker: delivers the outbox, fetches files, and runs the clocks."""
