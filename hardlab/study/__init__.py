"""Studies: where fast attention stops being fast, and how times grow; plain functions from settings to records."""
