/* One caller at a time, in order of arrival: processes wait for their turn, their workers do not. */
#ifndef MESH_IO_TURN_H
#define MESH_IO_TURN_H

#include <pthread.h>

#include "scheduler.h"

typedef struct io_turn {
    pthread_mutex_t lock;
    bool taken;
    struct io_turn_waiter *first, **last;
} io_turn;

void io_turn_init(io_turn *t);
void io_turn_destroy(io_turn *t);
bool io_turn_take(mesh_ctx *ctx, io_turn *t); /* false: the process was asked to end */
void io_turn_give(io_turn *t);                /* from any thread */

#endif
