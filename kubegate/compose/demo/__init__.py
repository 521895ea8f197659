"""`make demo`: a request's whole way, once, with real input, told stage by stage."""
