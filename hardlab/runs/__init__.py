"""One question to a decision, and its record."""
