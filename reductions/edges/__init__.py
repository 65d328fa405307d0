"""One file an arrow between two problems, and nothing else."""
