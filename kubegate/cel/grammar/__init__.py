"""CEL's grammar, and the parser that ANTLR 4.13 made of it (``antlr4 -Dlanguage=Python3 -no-listener CEL.g4``).

The made files are not edited and are imported only to word a syntax error: the server's messages are ANTLR's, and its
error recovery decides what they say. Valid expressions never get here (see `parser`).
"""
