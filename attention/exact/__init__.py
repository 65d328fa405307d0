"""The definition, in floats, logarithms, bit counts and balls."""
