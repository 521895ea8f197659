"""The label and field selector languages: grammar, syntax tree, parse, match, print."""
