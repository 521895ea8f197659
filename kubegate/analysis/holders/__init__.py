"""Who may do something by each authorizer: one file an authorizer."""
