"""What a suite's cases look like, stage by stage."""
