"""What samples or hashes, and promises nothing."""
