"""Sweeps: grids of jobs, run in processes with limits, kept in a database, resumable."""
