"""Algorithm 1 of Alman and Song: polynomials of the scores, in low rank."""
