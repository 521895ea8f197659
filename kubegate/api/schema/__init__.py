"""What every built-in kind looks like to Go's JSON decoder and encoder, and reading and normalising objects by it."""
