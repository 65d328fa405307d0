"""The graph of reductions as the site shows it: every problem and every key a link to its entry."""


def graph() -> str:
    """To be put into the page of all reductions."""
    return ""
