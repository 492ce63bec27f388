/* WebSocket frames (RFC 6455, sections 5 to 7), the server's side: strict reader, header writer, handshake. */
#ifndef MESH_WS_FRAME_H
#define MESH_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utf8.h"

enum { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };
enum { WS_MESSAGE_MAX = 16 * 1024 * 1024, WS_CONTROL_MAX = 125, WS_HEADER_MAX = 10, WS_ACCEPT_LEN = 28 };
enum { WS_NORMAL = 1000, WS_GOING_AWAY = 1001, WS_PROTOCOL = 1002, WS_NO_CODE = 1005, WS_ABNORMAL = 1006, WS_BAD_TEXT = 1007,
       WS_REJECTED = 1008, WS_TOO_BIG = 1009, WS_INTERNAL = 1011 };

/* What the reader keeps between two calls. Zeroed memory is a new reader; ws_reader_free releases the open message. */
typedef struct ws_reader {
    uint64_t left;  /* payload bytes of the frame being read that are still to come */
    uint32_t mask;
    bool in_frame;  /* inside the payload of a data frame */
    bool final;     /* that frame ends its message */
    uint8_t opcode; /* WS_TEXT or WS_BINARY while a message is open, else 0 */
    utf8_state utf8;
    char *message; /* malloc'ed; what an open message has so far */
    size_t size;
    size_t cap;
} ws_reader;

/* A message, a control frame, or a violation. `data` lies in the input or in the reader, valid until the next call. */
typedef struct ws_event {
    int opcode;
    const char *data;
    size_t len;
    int code; /* WS_CLOSE: status, WS_NO_CODE without one (data is then the reason); violation: status to close with */
} ws_event;

/* Reads from buf[*used..len), unmasking in place, and advances *used. 1: *out is an event; 0: more bytes are needed
 * (bytes of an unfinished header or control frame stay unused); -1: a violation, with out->code and out->data the reason. */
int ws_read(ws_reader *r, char *buf, size_t len, size_t *used, ws_event *out);
void ws_reader_free(ws_reader *r);

size_t ws_header(char out[WS_HEADER_MAX], int opcode, size_t len); /* FIN set, unmasked; bytes written */
bool ws_valid_close_code(int code);                                /* that a peer may send */

/* base64(sha1(key + GUID)): 28 characters. */
void ws_accept(const char *key, size_t len, char out[WS_ACCEPT_LEN]);

#endif
