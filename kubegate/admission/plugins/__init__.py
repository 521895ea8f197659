"""One admission plugin per file: its rules, its configuration model, its class and its `PLUGIN` descriptor."""
