"""How things look: text, JSON, HTML, Markdown, drawings; no record is known here."""
