"""Lemma 4.7 and its proof, statement by statement."""
