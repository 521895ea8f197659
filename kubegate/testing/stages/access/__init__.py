"""Cases about authorization: requests, matrices, invariants."""
