/* Tables of handles: positive integers, never given out twice, that name objects of the runtime. An unknown or closed
 * handle finds nothing. Safe from any thread. */
#ifndef MESH_HANDLES_H
#define MESH_HANDLES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Embedded first in every object with a handle. The last release runs the table's `destroy`. */
typedef struct io_handle {
    int64_t id;
    _Atomic int32_t refs;
    struct io_handle *next; /* of its bucket */
} io_handle;

enum { IO_HANDLE_SHARDS = 16 };

typedef struct io_handle_table {
    void (*destroy)(io_handle *h);
    _Atomic int64_t last;
    struct io_handle_shard {
        pthread_mutex_t lock;
        io_handle **buckets;
        int64_t mask; /* number of buckets - 1 */
        int64_t count;
    } shard[IO_HANDLE_SHARDS];
} io_handle_table;

#define IO_SHARD {.lock = PTHREAD_MUTEX_INITIALIZER}
#define IO_SHARDS IO_SHARD, IO_SHARD, IO_SHARD, IO_SHARD
#define IO_HANDLE_TABLE(destroy_fn) {.destroy = (destroy_fn), .shard = {IO_SHARDS, IO_SHARDS, IO_SHARDS, IO_SHARDS}}

int64_t io_handle_add(io_handle_table *t, io_handle *h);   /* takes a reference for the table; returns the id */
void *io_handle_find(io_handle_table *t, int64_t id);      /* with one more reference, or NULL */
bool io_handle_remove(io_handle_table *t, int64_t id);     /* gives the table's reference up; false: was not there */
void io_handle_retain(io_handle *h);
void io_handle_release(io_handle_table *t, io_handle *h);

#endif
