#ifndef MESH_WS_ROOMS_H
#define MESH_WS_ROOMS_H

#include <stddef.h>
#include <stdint.h>

/* Sends a text to the members of a room in this process; the number that could not be reached. From any thread. */
int64_t ws_deliver(const char *room, size_t room_len, const char *text, size_t len, int64_t except);

/* Set by the broker when there is one: passes a broadcast on to the other processes. Never blocks. */
extern void (*ws_publish)(const char *room, size_t room_len, const char *text, size_t len);

#endif
