"""LLVM emission, optimisation, the object cache and linking."""
