"""Pure decisions: no database, no network, no clock of their own."""
