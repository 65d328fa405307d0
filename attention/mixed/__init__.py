"""Some rows and keys by their definition, the others by polynomials, merged."""
