"""Cases about credentials."""
