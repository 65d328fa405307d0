"""Scripts that `hardlab check --write` puts beside the inputs: they run on other machines, and need nothing of this lab."""
