"""Reductions and solvers put on trial: their laws on many small instances, in a process of their own, the failures shrunk."""
