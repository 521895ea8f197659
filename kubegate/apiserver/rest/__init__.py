"""Reading and writing objects as the resource API does it, without HTTP: used by the handlers and by the server itself."""
