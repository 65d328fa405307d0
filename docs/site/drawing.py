"""The graph of reductions as the site shows it: every problem and every key a link to its entry."""


def graph(page: str) -> str:
    return ""
