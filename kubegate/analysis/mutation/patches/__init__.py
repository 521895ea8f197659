"""Changes of objects as changes of the files that they stand in."""
