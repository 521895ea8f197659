"""The access matrix: who may do what, where, asked of the whole chain."""
