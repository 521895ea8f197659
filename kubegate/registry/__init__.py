"""What the server knows of each kind of object: defaults, validation, what a writer may change, sub-resources, versions."""
