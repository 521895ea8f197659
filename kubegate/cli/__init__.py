"""One file per sub-command; a sub-command's module is imported only when it runs."""
