"""The verbs of the command line, thin: words become objects, objects become a record, the record becomes text or JSON."""
