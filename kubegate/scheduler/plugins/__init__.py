"""The filters and scores of the default profile, one a file."""
