"""What is shown of checked kernels: terminal, Markdown, HTML, from stored records."""
