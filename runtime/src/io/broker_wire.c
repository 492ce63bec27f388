/* The parts of the protocols of NATS (client protocol 1) and Redis (RESP3) that publishing and subscribing need. */
#include <stdio.h>
#include <string.h>

#include "broker.h"

enum { LINE_MAX_BYTES = 64 * 1024, MESSAGE_MAX_BYTES = 32 * 1024 * 1024, DEPTH_MAX = 8 };

/* ---- URLs: kind://[user[:password]@]host[:port] ---- */

static bool take(char *to, size_t room, const char *from, size_t len) {
    if (len >= room) return false;
    memcpy(to, from, len);
    to[len] = 0;
    return true;
}

bool broker_parse_url(const char *text, broker_url *out) {
    *out = (broker_url){.kind = BROKER_NATS};
    if (strncmp(text, "nats://", 7) == 0) text += 7;
    else if (strncmp(text, "redis://", 8) == 0) text += 8, out->kind = BROKER_REDIS;
    else return false;
    size_t len = strcspn(text, "/?#");
    for (size_t i = len; i-- > 0;) {
        if (text[i] != '@') continue;
        const char *colon = memchr(text, ':', i);
        size_t user = colon ? (size_t)(colon - text) : i;
        if (!take(out->user, sizeof out->user, text, user)) return false;
        if (colon && !take(out->password, sizeof out->password, colon + 1, i - user - 1)) return false;
        text += i + 1, len -= i + 1;
        break;
    }
    const char *port = NULL;
    size_t host = len;
    if (len > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', len);
        if (end == NULL) return false;
        host = (size_t)(end - text) + 1;
        if (host < len && text[host] == ':') port = text + host + 1;
        text++, len--, host -= 2;
    } else if ((port = memchr(text, ':', len)) != NULL) {
        host = (size_t)(port - text);
        port++;
    }
    if (!take(out->host, sizeof out->host, host ? text : "localhost", host ? host : 9)) return false;
    size_t port_len = port ? (size_t)(text + len - port) : 0;
    if (port_len == 0) return take(out->port, sizeof out->port, out->kind == BROKER_NATS ? "4222" : "6379", 4);
    for (size_t i = 0; i < port_len; i++) {
        if (port[i] < '0' || port[i] > '9') return false;
    }
    return take(out->port, sizeof out->port, port, port_len);
}

/* ---- saying ---- */

static void text(io_buffer *out, const char *s) {
    io_append(out, s, strlen(s));
}

static void json_text(io_buffer *out, const char *s) {
    io_literal(out, "\"");
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') io_literal(out, "\\");
        if ((unsigned char)*s >= 0x20) io_append(out, s, 1);
    }
    io_literal(out, "\"");
}

/* One argument of a Redis command. */
static void bulk(io_buffer *out, const char *data, size_t len) {
    char head[32];
    snprintf(head, sizeof head, "$%zu\r\n", len);
    text(out, head);
    io_append(out, data, len);
    io_literal(out, "\r\n");
}

static void bulk_text(io_buffer *out, const char *s) {
    bulk(out, s, strlen(s));
}

void broker_greet(const broker_url *url, const char *subject, io_buffer *out) {
    if (url->kind == BROKER_NATS) {
        io_literal(out, "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false,\"name\":\"mesh\",");
        io_literal(out, "\"lang\":\"mesh\",\"version\":\"1\",\"protocol\":1");
        if (url->user[0] && url->password[0]) {
            io_literal(out, ",\"user\":");
            json_text(out, url->user);
            io_literal(out, ",\"pass\":");
            json_text(out, url->password);
        } else if (url->user[0]) {
            io_literal(out, ",\"auth_token\":");
            json_text(out, url->user);
        }
        io_literal(out, "}\r\nSUB ");
        text(out, subject);
        io_literal(out, " 1\r\nPING\r\n");
        return;
    }
    bool auth = url->password[0] != 0;
    text(out, auth ? "*5\r\n" : "*2\r\n");
    bulk_text(out, "HELLO");
    bulk_text(out, "3");
    if (auth) {
        bulk_text(out, "AUTH");
        bulk_text(out, url->user[0] ? url->user : "default");
        bulk_text(out, url->password);
    }
    io_literal(out, "*2\r\n");
    bulk_text(out, "SUBSCRIBE");
    bulk_text(out, subject);
}

void broker_publish(enum broker_kind kind, const char *subject, const char *data, size_t len, io_buffer *out) {
    if (kind == BROKER_NATS) {
        char size[32];
        io_literal(out, "PUB ");
        text(out, subject);
        snprintf(size, sizeof size, " %zu\r\n", len);
        text(out, size);
        io_append(out, data, len);
        io_literal(out, "\r\n");
        return;
    }
    io_literal(out, "*3\r\n");
    bulk_text(out, "PUBLISH");
    bulk_text(out, subject);
    bulk(out, data, len);
}

/* ---- reading ---- */

/* A decimal number that is all of the text, at most MESSAGE_MAX_BYTES; -1: none. */
static long number(const char *s, size_t len) {
    long n = 0;
    if (len == 0 || len > 9) return -1;
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9') return -1;
        n = n * 10 + (s[i] - '0');
    }
    return n <= MESSAGE_MAX_BYTES ? n : -1;
}

/* The length of the line at data without its CRLF. 1; 0: incomplete; -1: too long. */
static int line(const char *data, size_t size, size_t *len) {
    const char *nl = memchr(data, '\n', size < LINE_MAX_BYTES ? size : LINE_MAX_BYTES);
    if (nl == NULL) return size >= LINE_MAX_BYTES ? -1 : 0;
    *len = (size_t)(nl - data);
    if (*len > 0 && data[*len - 1] == '\r') --*len;
    return 1;
}

static long read_nats(const char *data, size_t size, const char **message, size_t *len, io_buffer *reply) {
    size_t n;
    int found = line(data, size, &n);
    if (found <= 0) return found;
    size_t used = n + (data[n] == '\r') + 1;
    if (n >= 4 && memcmp(data, "PING", 4) == 0) io_literal(reply, "PONG\r\n");
    else if (n >= 4 && memcmp(data, "MSG ", 4) == 0) { /* MSG subject sid [reply-to] size */
        size_t at = n;
        while (at > 0 && data[at - 1] != ' ') at--;
        long bytes = number(data + at, n - at);
        if (bytes < 0) return -1;
        if (size - used < (size_t)bytes + 2) return 0;
        *message = data + used;
        *len = (size_t)bytes;
        if (memcmp(data + used + bytes, "\r\n", 2) != 0) return -1;
        return (long)(used + (size_t)bytes + 2);
    } else if (n >= 4 && memcmp(data, "-ERR", 4) == 0) return -1;
    else if (!(n >= 4 && (memcmp(data, "INFO", 4) == 0 || memcmp(data, "PONG", 4) == 0)) && !(n >= 3 && memcmp(data, "+OK", 3) == 0)) return -1;
    return (long)used;
}

/* One value of RESP3. `strings` gets the first three strings in it. Bytes used, 0 incomplete, -1 wrong. */
typedef struct resp_strings {
    const char *data[3];
    size_t len[3];
    int count;
} resp_strings;

static long read_resp(const char *data, size_t size, int depth, resp_strings *strings) {
    size_t n;
    if (size == 0) return 0;
    int found = line(data, size, &n);
    if (found <= 0) return found;
    size_t used = n + (data[n] == '\r') + 1;
    switch (data[0]) {
    case '+': case ':': case ',': case '#': case '_': case '(': case '-': return (long)used;
    case '$': case '=': case '!': {
        if (n == 3 && memcmp(data, "$-1", 3) == 0) return (long)used;
        long bytes = number(data + 1, n - 1);
        if (bytes < 0) return -1;
        if (size - used < (size_t)bytes + 2) return 0;
        if (strings->count < 3) {
            strings->data[strings->count] = data + used;
            strings->len[strings->count++] = (size_t)bytes;
        }
        return (long)(used + (size_t)bytes + 2);
    }
    case '*': case '>': case '~': case '%': case '|': {
        long count = number(data + 1, n - 1);
        if (count < 0 || depth == DEPTH_MAX) return n == 3 && memcmp(data, "*-1", 3) == 0 ? (long)used : -1;
        if (data[0] == '%' || data[0] == '|') count *= 2;
        for (long i = 0; i < count; i++) {
            long part = read_resp(data + used, size - used, depth + 1, strings);
            if (part <= 0) return part;
            used += (size_t)part;
        }
        return (long)used;
    }
    default: return -1;
    }
}

long broker_read(enum broker_kind kind, const char *data, size_t size, const char **message, size_t *len, io_buffer *reply) {
    *message = NULL;
    if (kind == BROKER_NATS) return read_nats(data, size, message, len, reply);
    if (size > 0 && data[0] == '-') return -1; /* refused: no HELLO 3, wrong password */
    resp_strings strings = {.count = 0};
    long used = read_resp(data, size, 0, &strings);
    if (used > 0 && data[0] == '>' && strings.count == 3 && strings.len[0] == 7 && memcmp(strings.data[0], "message", 7) == 0) {
        *message = strings.data[2];
        *len = strings.len[2];
    }
    return used;
}
