"""Statements of Alman and Song, Fast Attention Requires Bounded Entries."""
