"""One way of authentication a file."""
