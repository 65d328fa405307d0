"""Statements of Keles, Wijewardena and Hegde, On the Computational Complexity of Self-Attention."""
