"""MeshPy: the compiler toolchain of the Mesh language."""
