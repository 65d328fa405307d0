"""The checks of a kernel, each kind in a file, none knowing another."""
