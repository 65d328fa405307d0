"""Where the command `hardlab` begins: Ctrl-C is answered in a word while it is still being imported, too."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        from hardlab.cli import main as cli
    except KeyboardInterrupt:
        sys.stderr.write("hardlab: interrupted\n")
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
