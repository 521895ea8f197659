"""Small changes of policies, to see whether a suite of tests notices them."""
