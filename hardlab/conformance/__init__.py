"""Checks of any attention kernel, on inputs on which softmax is not flat."""
