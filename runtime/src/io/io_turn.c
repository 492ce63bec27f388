#include "io_turn.h"

typedef struct io_turn_waiter {
    mesh_ticket ticket;
    struct io_turn_waiter *next;
    bool granted;
} io_turn_waiter;

void io_turn_init(io_turn *t) {
    *t = (io_turn){.first = NULL};
    t->last = &t->first;
    pthread_mutex_init(&t->lock, NULL);
}

void io_turn_destroy(io_turn *t) {
    pthread_mutex_destroy(&t->lock);
}

bool io_turn_take(mesh_ctx *ctx, io_turn *t) {
    pthread_mutex_lock(&t->lock);
    if (!t->taken) {
        t->taken = true;
        pthread_mutex_unlock(&t->lock);
        return true;
    }
    io_turn_waiter w = {.ticket = mesh_wait_begin(ctx)};
    *t->last = &w;
    t->last = &w.next;
    pthread_mutex_unlock(&t->lock);
    int64_t unused;
    int status = mesh_wait(ctx, w.ticket, INT64_MAX, &unused);
    pthread_mutex_lock(&t->lock);
    if (!w.granted) {
        for (io_turn_waiter **at = &t->first; *at != NULL; at = &(*at)->next) {
            if (*at == &w) {
                *at = w.next;
                if (t->last == &w.next) t->last = at;
                break;
            }
        }
    }
    pthread_mutex_unlock(&t->lock);
    if (w.granted && status < 0) { /* granted too late */
        io_turn_give(t);
        return false;
    }
    return w.granted;
}

void io_turn_give(io_turn *t) {
    pthread_mutex_lock(&t->lock);
    io_turn_waiter *w = t->first;
    if (w != NULL) {
        t->first = w->next;
        if (t->first == NULL) t->last = &t->first;
        w->granted = true;
        mesh_wake(w->ticket, 0);
    } else t->taken = false;
    pthread_mutex_unlock(&t->lock);
}
