"""What a LimitRange sets and what it bounds."""
