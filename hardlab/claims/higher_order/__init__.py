"""Attention over pairs of keys, and through heads and layers: what the reductions to them state, run on small cases."""
