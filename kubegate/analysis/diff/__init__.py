"""What a change of policy gives and takes: exact and symbolic, not sampled."""
