"""The page of words, docs/pages/reference/words.md: `make drawn` makes it from hardlab/pages/glossary.toml."""

from pathlib import Path

from hardlab.pages.glossary import page

PAGE = Path(__file__).parents[1] / "pages" / "reference" / "words.md"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
