"""Attention kernels, ours and anybody's, called in processes of their own within limits of time and memory."""
