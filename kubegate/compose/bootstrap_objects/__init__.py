"""The objects that a server makes at start, one file a kind of them."""
