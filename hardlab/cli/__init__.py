"""The command line: the verbs by name, their options, files and numbers checked, exit codes."""
