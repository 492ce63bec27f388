#include "ws_frame.h"

#include <stdlib.h>
#include <string.h>

#include "sha1.h"

bool ws_valid_close_code(int code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

size_t ws_header(char out[WS_HEADER_MAX], int opcode, size_t len) {
    out[0] = (char)(0x80 | opcode);
    if (len <= 125) {
        out[1] = (char)len;
        return 2;
    }
    int bytes = len <= 0xffff ? 2 : 8;
    out[1] = (char)(bytes == 2 ? 126 : 127);
    for (int i = 0; i < bytes; i++) out[2 + i] = (char)((uint64_t)len >> (8 * (bytes - 1 - i)));
    return (size_t)(2 + bytes);
}

static void unmask(char *data, size_t len, uint32_t *mask) {
    uint64_t wide = (uint64_t)*mask << 32 | *mask, word;
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        memcpy(&word, data + i, 8);
        word ^= wide;
        memcpy(data + i, &word, 8);
    }
    unsigned char key[4];
    memcpy(key, mask, 4);
    size_t turn = 0;
    for (; i < len; i++) data[i] = (char)(data[i] ^ key[turn++ & 3]);
    /* The next byte uses key[len & 3]: keep it in front. */
    unsigned char next[4];
    for (size_t k = 0; k < 4; k++) next[k] = key[(turn + k) & 3];
    memcpy(mask, next, 4);
}

static int violation(ws_event *out, int code, const char *reason) {
    *out = (ws_event){.opcode = WS_CLOSE, .data = reason, .len = strlen(reason), .code = code};
    return -1;
}

void ws_reader_free(ws_reader *r) {
    free(r->message);
    *r = (ws_reader){0};
}

static bool append(ws_reader *r, const char *data, size_t len) {
    if (len == 0) return true;
    if (r->cap - r->size < len) {
        size_t cap = r->cap ? r->cap * 2 : 1024;
        while (cap - r->size < len) cap *= 2;
        char *grown = realloc(r->message, cap);
        if (grown == NULL) return false;
        r->message = grown, r->cap = cap;
    }
    memcpy(r->message + r->size, data, len);
    r->size += len;
    return true;
}

static int control(ws_event *out, int opcode, const char *data, size_t len) {
    *out = (ws_event){.opcode = opcode, .data = data, .len = len};
    if (opcode != WS_CLOSE) return 1;
    if (len == 0) {
        out->code = WS_NO_CODE;
        return 1;
    }
    if (len == 1) return violation(out, WS_PROTOCOL, "invalid close frame");
    out->code = (unsigned char)data[0] << 8 | (unsigned char)data[1];
    out->data += 2, out->len -= 2;
    if (!ws_valid_close_code(out->code)) return violation(out, WS_PROTOCOL, "invalid close frame");
    if (!utf8_valid(out->data, out->len)) return violation(out, WS_BAD_TEXT, "invalid UTF-8");
    return 1;
}

/* The message is whole: `tail` (may be all of it) lies in the input. */
static int finish(ws_reader *r, ws_event *out, const char *tail, size_t len) {
    if (r->opcode == WS_TEXT && r->utf8.need != 0) return violation(out, WS_BAD_TEXT, "invalid UTF-8");
    if (r->size == 0) *out = (ws_event){.opcode = r->opcode, .data = tail, .len = len};
    else {
        if (!append(r, tail, len)) return violation(out, WS_INTERNAL, "internal error");
        *out = (ws_event){.opcode = r->opcode, .data = r->message, .len = r->size};
        if (r->cap > 64 * 1024) { /* do not keep a large buffer for small messages to come */
            r->cap = 0; /* the event still reads it: freed below, at the next call */
        }
    }
    r->opcode = 0;
    r->size = 0;
    r->utf8 = (utf8_state){0};
    return 1;
}

int ws_read(ws_reader *r, char *buf, size_t len, size_t *used, ws_event *out) {
    if (r->cap == 0 && r->message != NULL) {
        free(r->message);
        r->message = NULL;
    }
    for (;;) {
        char *at = buf + *used;
        size_t have = len - *used;
        if (r->in_frame) {
            size_t n = have < r->left ? have : (size_t)r->left;
            if (n == 0 && r->left != 0) return 0;
            unmask(at, n, &r->mask);
            if (r->opcode == WS_TEXT && !utf8_feed(&r->utf8, at, n)) return violation(out, WS_BAD_TEXT, "invalid UTF-8");
            *used += n;
            r->left -= n;
            if (r->left == 0) {
                r->in_frame = false;
                if (r->final) return finish(r, out, at, n);
            }
            if (!append(r, at, n)) return violation(out, WS_INTERNAL, "internal error");
            continue;
        }
        if (have < 2) return 0;
        unsigned first = (unsigned char)at[0], second = (unsigned char)at[1];
        int opcode = (int)(first & 0xf);
        bool fin = (first & 0x80) != 0;
        size_t header = 2;
        uint64_t size = second & 0x7f;
        if (first & 0x70) return violation(out, WS_PROTOCOL, "reserved bits set");
        if ((opcode > WS_BINARY && opcode < WS_CLOSE) || opcode > WS_PONG) return violation(out, WS_PROTOCOL, "unknown opcode");
        if (opcode >= WS_CLOSE && (!fin || size > WS_CONTROL_MAX)) return violation(out, WS_PROTOCOL, "invalid control frame");
        if (!(second & 0x80)) return violation(out, WS_PROTOCOL, "unmasked frame");
        if (opcode == WS_CONTINUATION && r->opcode == 0) return violation(out, WS_PROTOCOL, "unexpected continuation frame");
        if ((opcode == WS_TEXT || opcode == WS_BINARY) && r->opcode != 0) {
            return violation(out, WS_PROTOCOL, "new message during fragmented sequence");
        }
        if (size >= 126) {
            size_t bytes = size == 126 ? 2 : 8;
            if (have < 2 + bytes) return 0;
            size = 0;
            for (size_t i = 0; i < bytes; i++) size = size << 8 | (unsigned char)at[2 + i];
            header += bytes;
            if (size >> 63) return violation(out, WS_PROTOCOL, "invalid length");
            if (size > WS_MESSAGE_MAX) return violation(out, WS_TOO_BIG, "message too big");
        }
        if (opcode < WS_CLOSE && size > WS_MESSAGE_MAX - r->size) return violation(out, WS_TOO_BIG, "message too big");
        if (have < header + 4) return 0;
        uint32_t mask;
        memcpy(&mask, at + header, 4);
        header += 4;
        if (opcode >= WS_CLOSE) {
            if (have < header + size) return 0;
            unmask(at + header, (size_t)size, &mask);
            *used += header + (size_t)size;
            return control(out, opcode, at + header, (size_t)size);
        }
        *used += header;
        r->in_frame = true, r->final = fin, r->left = size, r->mask = mask;
        if (opcode != WS_CONTINUATION) r->opcode = (uint8_t)opcode, r->utf8 = (utf8_state){0};
    }
}

void ws_accept(const char *key, size_t len, char out[WS_ACCEPT_LEN]) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    sha1_state sha;
    unsigned char d[21];
    sha1_start(&sha);
    sha1_add(&sha, key, len);
    sha1_add(&sha, guid, sizeof guid - 1);
    sha1_end(&sha, d);
    d[20] = 0;
    for (int i = 0; i < 7; i++) {
        unsigned w = (unsigned)d[3 * i] << 16 | (unsigned)d[3 * i + 1] << 8 | d[3 * i + 2];
        for (int k = 0; k < 4; k++) out[4 * i + k] = digits[w >> (18 - 6 * k) & 63];
    }
    out[27] = '=';
}
