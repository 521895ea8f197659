"""What is changed: a file a kind of object or text."""
