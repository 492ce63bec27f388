"""LLVM emission, optimisation, the object cache and linking. ``build`` is the entry; nothing here loads LLVM before a unit
has to be compiled."""
