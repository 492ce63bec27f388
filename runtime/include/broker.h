/* Room broadcasts between processes, over NATS or Redis (MESH_BROKER_URL). */
#ifndef MESH_BROKER_H
#define MESH_BROKER_H

#include "io_buffer.h"

/* Once, when a WebSocket server starts: does nothing without MESH_BROKER_URL. */
void broker_start(void);

/* ---- the protocols, for broker.c and the tests ---- */

enum broker_kind { BROKER_NATS, BROKER_REDIS };

typedef struct broker_url {
    enum broker_kind kind;
    char host[256], port[8], user[128], password[128];
} broker_url;

bool broker_parse_url(const char *text, broker_url *out);

/* What a connection says first: who it is, and that it wants the messages of the subject. */
void broker_greet(const broker_url *url, const char *subject, io_buffer *out);
void broker_publish(enum broker_kind kind, const char *subject, const char *data, size_t len, io_buffer *out);

/* Reads one thing from data. Bytes used; 0: more are needed; -1: not the protocol, or the broker refuses us. *message:
 * of a message (else NULL), `*len` bytes. What must be answered is appended to `reply`. */
long broker_read(enum broker_kind kind, const char *data, size_t size, const char **message, size_t *len, io_buffer *reply);

#endif
