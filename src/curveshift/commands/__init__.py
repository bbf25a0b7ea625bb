"""The verbs of the command line: each parses, calls the public API and prints."""
