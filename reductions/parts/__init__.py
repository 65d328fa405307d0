"""What several arrows are made of: lists, splits, gadgets, tiles, error models."""
