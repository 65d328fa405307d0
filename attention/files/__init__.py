"""Attention of more than memory holds, by blocks of files."""
