"""Work queue, manager, one file per controller."""
