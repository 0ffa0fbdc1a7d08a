"""Parts are killed while messages flow."""
