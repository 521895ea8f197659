"""HTTP handlers of the resource API, discovery, watch, tables."""
