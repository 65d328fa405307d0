"""Where and within what limits things run: engines, child processes, failures."""
