"""Text to syntax tree: lexer, token pass, grammar, tree builder."""
