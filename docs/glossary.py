"""The page of words, docs/pages/reference/words.md: `make docs` makes it from hardlab/pages/glossary.toml."""

from pathlib import Path

from hardlab.pages.glossary import page

PAGE = Path(__file__).parent / "pages" / "reference" / "words.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
