/* The process context: what every Mesh function gets as its first argument. Generated code knows the prefix `abi` only.
 *
 * A guard (mesh_guard) runs its body with a context of its own: a child heap in the same process. `proc` is the same in
 * both; the scheduler poisons the stack limit of the context that runs (proc knows which one).
 */
#ifndef MESH_CTX_H
#define MESH_CTX_H

#include "mesh.h"
#include "mesh_heap.h"

struct mesh_proc; /* process.h */

struct mesh_ctx {
    mesh_ctx_abi abi; /* first: generated code reads and writes it; the free lists of the heap are in it */
    mesh_heap heap;
    struct mesh_proc *proc;
    mesh_ctx *parent; /* of a child heap: the context of the guard's caller; NULL: the process's own */

    /* Fields of the scheduler and of panics. */
};

#endif
