/* The parsers of outside bytes: cases in tables, then the same input cut at every place must give the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_parser.h"
#include "pg_url.h"
#include "sha1.h"
#include "sql_lexer.h"
#include "utf8.h"
#include "ws_frame.h"

static int failures;

static void fail(const char *what, const char *input) {
    failures++;
    printf("FAILED %s: %s\n", what, input);
}

/* ---- HTTP heads ---- */

typedef struct head_case {
    const char *input;
    int status; /* 1 accepted, else the refusal */
    const char *method, *path, *query;
    int keep, chunked;
    long length;
} head_case;

static const head_case heads[] = {
    {"GET / HTTP/1.1\r\n\r\n", 1, "GET", "/", "", 1, 0, 0},
    {"GET / HTTP/1.0\r\n\r\n", 1, "GET", "/", "", 0, 0, 0},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1, "GET", "/", "", 1, 0, 0},
    {"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", 1, "GET", "/", "", 0, 0, 0},
    {"GET / HTTP/1.1\r\nConnection: x, close , y\r\n\r\n", 1, "GET", "/", "", 0, 0, 0},
    {"GET /a?b=1?c HTTP/1.1\n\n", 1, "GET", "/a", "b=1?c", 1, 0, 0},
    {"GET /x\r\n\r\n", 1, "GET", "/x", "", 0, 0, 0},
    {"\r\n\nGET /x HTTP/1.1\r\n\r\n", 1, "GET", "/x", "", 1, 0, 0},
    {"\n\n\nGET /x HTTP/1.1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET http://h:80/p?q HTTP/1.1\r\n\r\n", 1, "GET", "/p", "q", 1, 0, 0},
    {"GET http://h HTTP/1.1\r\n\r\n", 1, "GET", "/", "", 1, 0, 0},
    {"GET http://h?q HTTP/1.1\r\n\r\n", 1, "GET", "/", "q", 1, 0, 0},
    {"OPTIONS * HTTP/1.1\r\n\r\n", 1, "OPTIONS", "*", "", 1, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n", 1, "POST", "/", "", 1, 0, 12},
    {"POST / HTTP/1.1\r\nContent-Length: 12\r\ncontent-length: 12\r\n\r\n", 1, "POST", "/", "", 1, 0, 12},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n", 1, "POST", "/", "", 1, 1, 0},
    {"GARBAGE\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"G(T / HTTP/1.1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {" / HTTP/1.1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET  / HTTP/1.1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1 x\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/2.0\r\n\r\n", -505, 0, 0, 0, 0, 0, 0},
    {"GET / http/1.1\r\n\r\n", -505, 0, 0, 0, 0, 0, 0},
    {"GET /\x01 HTTP/1.1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET /\xff HTTP/1.1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1\r\nA b: c\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1\r\nA : c\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1\r\nnocolon\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1\r\n: x\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: 1 1\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: 16777216\r\n\r\n", 1, "POST", "/", "", 1, 0, 16777216},
    {"POST / HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", -413, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n\r\n", -413, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", -501, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", -400, 0, 0, 0, 0, 0, 0},
};

static bool slice_is(const char *data, http_slice s, const char *want) {
    return s.len == strlen(want) && memcmp(data + s.off, want, s.len) == 0;
}

static void test_heads(void) {
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        const head_case *t = &heads[i];
        size_t len = strlen(t->input);
        for (size_t cut = 1; cut <= len; cut++) { /* two reads: to `cut`, then all */
            http_head head;
            size_t scanned = 0;
            int status = cut < len ? http_parse_head(t->input, cut, &scanned, &head) : 0;
            if (status == 0) status = http_parse_head(t->input, len, &scanned, &head);
            bool ok = status == t->status;
            if (ok && status == 1) {
                ok = slice_is(t->input, head.method, t->method) && slice_is(t->input, head.path, t->path) && slice_is(t->input, head.query, t->query) &&
                     head.keep_alive == t->keep && head.chunked == t->chunked && head.content_length == (uint64_t)t->length && head.size == len;
            }
            if (!ok) {
                fail("head", t->input);
                break;
            }
        }
    }
    /* limits */
    static char big[20000];
    http_head head;
    size_t scanned = 0;
    memset(big, 'a', sizeof big);
    memcpy(big, "GET /", 5);
    if (http_parse_head(big, 9000, &scanned, &head) != -414) fail("limit", "request line");
    memcpy(big + 100, " HTTP/1.1\r\nX: ", 14);
    scanned = 0;
    if (http_parse_head(big, 9000, &scanned, &head) != -431) fail("limit", "one long header");
    scanned = 0;
    if (http_parse_head(big, 8000, &scanned, &head) != 0) fail("limit", "not reached yet");
    size_t n = (size_t)sprintf(big, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 101; i++) {
        if (i == 100) {
            char hundred[20000];
            memcpy(hundred, big, n);
            memcpy(hundred + n, "\r\n", 2);
            scanned = 0;
            if (http_parse_head(hundred, n + 2, &scanned, &head) != 1) fail("limit", "100 headers");
        }
        n += (size_t)sprintf(big + n, "h%d: x\r\n", i);
    }
    n += (size_t)sprintf(big + n, "\r\n");
    scanned = 0;
    if (http_parse_head(big, n, &scanned, &head) != -431) fail("limit", "101 headers");
}

/* ---- chunked bodies ---- */

static const struct { const char *input; int status; const char *body; size_t rest; } chunked[] = {
    {"5\r\nhello\r\n0\r\n\r\n", 1, "hello", 0},
    {"5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: x\r\n\r\nGET", 1, "hello!", 3},
    {"0\r\n\r\n", 1, "", 0},
    {"A\r\n0123456789\r\n000\r\n\r\n", 1, "0123456789", 0},
    {"5\r\nhelloX\r\n0\r\n\r\n", -400, 0, 0},
    {"5\nhello\r\n0\r\n\r\n", -400, 0, 0},
    {"\r\nhello", -400, 0, 0},
    {"-5\r\nhello", -400, 0, 0},
    {"0x5\r\nhello", -400, 0, 0},
    {"11111111111111111\r\n", -400, 0, 0},
    {"ffffffff\r\n", -413, 0, 0},
    {"5\r\nhello\r\n0\r\n bad\r\n\r\n", -400, 0, 0},
};

static void test_chunks(void) {
    for (size_t i = 0; i < sizeof chunked / sizeof *chunked; i++) {
        size_t len = strlen(chunked[i].input);
        for (size_t step = 1; step <= len; step++) {
            char data[256];
            http_chunks c = {0};
            size_t read = 0, written = 0, have = 0, fed = 0;
            int status = 0;
            while (status == 0 && fed < len) { /* as the server does it: what was read is closed up */
                size_t n = len - fed < step ? len - fed : step;
                memcpy(data + have, chunked[i].input + fed, n);
                have += n, fed += n;
                status = http_decode_chunks(&c, data, have, &read, &written, HTTP_BODY_MAX);
                if (status == 0) {
                    memmove(data + written, data + read, have - read);
                    have -= read - written;
                    read = written;
                }
            }
            bool ok = status == chunked[i].status;
            if (ok && status == 1) {
                ok = written == strlen(chunked[i].body) && memcmp(data, chunked[i].body, written) == 0 && len - fed + have - read == chunked[i].rest;
            }
            if (!ok) {
                fail("chunks", chunked[i].input);
                break;
            }
        }
    }
}

/* ---- WebSocket frames: bytes in hexadecimal; what comes out as text ---- */

static const struct { const char *input, *events; } frames[] = {
    {"818437fa213d5a9f5255", "text mesh;"},
    {"018237fa213d5a9f898237fa213d5698808237fa213d4492", "ping ab;text mesh;"},
    {"828337fa213d37fb23", "binary 000102;"},
    {"888537fa213d3412434452", "close 1000 bye;"},
    {"888037fa213d", "close 1005 ;"},
    {"818237fa213dc804", "error 1007 invalid UTF-8;"},
    {"808137fa213d4f", "error 1002 unexpected continuation frame;"},
    {"c18137fa213d4f", "error 1002 reserved bits set;"},
    {"838037fa213d", "error 1002 unknown opcode;"},
    {"8b8037fa213d", "error 1002 unknown opcode;"},
    {"810161", "error 1002 unmasked frame;"},
    {"098037fa213d", "error 1002 invalid control frame;"},
    {"89fe", "error 1002 invalid control frame;"},
    {"018037fa213d018037fa213d", "error 1002 new message during fragmented sequence;"},
    {"81ff8000000000000000", "error 1002 invalid length;"},
    {"81ff0000000001000001", "error 1009 message too big;"},
    {"888100000000" "41", "error 1002 invalid close frame;"},
    {"888200000000" "03ed", "error 1002 invalid close frame;"},
    {"888200000000" "0bb8", "close 3000 ;"},
    {"888300000000" "03e8ff", "error 1007 invalid UTF-8;"},
    {"818000000000" "818000000000", "text ;text ;"},
    {"010100000000" "c3", "error 1002 unmasked frame;"},
    {"018100000000" "c3" "808100000000" "a9", "text \xc3\xa9;"},
    {"818100000000" "c3", "error 1007 invalid UTF-8;"},
    {"8a8000000000", "pong ;"},
};

static size_t unhex(const char *text, char *out) {
    size_t n = 0;
    for (; text[0] && text[1]; text += 2) {
        unsigned byte;
        sscanf(text, "%2x", &byte);
        out[n++] = (char)byte;
    }
    return n;
}

static void describe(char *out, size_t room, const ws_event *e, int status) {
    size_t at = strlen(out);
    if (status < 0) snprintf(out + at, room - at, "error %d %.*s;", e->code, (int)e->len, e->data);
    else if (e->opcode == WS_CLOSE) snprintf(out + at, room - at, "close %d %.*s;", e->code, (int)e->len, e->data);
    else if (e->opcode == WS_BINARY) {
        at += (size_t)snprintf(out + at, room - at, "binary ");
        for (size_t i = 0; i < e->len; i++) at += (size_t)snprintf(out + at, room - at, "%02x", (unsigned char)e->data[i]);
        snprintf(out + at, room - at, ";");
    } else snprintf(out + at, room - at, "%s %.*s;", e->opcode == WS_TEXT ? "text" : e->opcode == WS_PING ? "ping" : "pong", (int)e->len, e->data);
}

static void test_frames(void) {
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        char whole[512];
        size_t len = unhex(frames[i].input, whole);
        for (size_t step = 1; step <= len; step++) {
            char data[512], out[512] = "";
            ws_reader r = {0};
            size_t have = 0, used = 0;
            int status = 0;
            for (size_t fed = 0; fed < len && status >= 0;) {
                size_t n = len - fed < step ? len - fed : step;
                memcpy(data + have, whole + fed, n);
                have += n, fed += n;
                ws_event e;
                while ((status = ws_read(&r, data, have, &used, &e)) != 0) {
                    describe(out, sizeof out, &e, status);
                    if (status < 0) break;
                }
            }
            ws_reader_free(&r);
            if (strcmp(out, frames[i].events) != 0) {
                printf("%s\n", out);
                fail("frames", frames[i].input);
                break;
            }
        }
    }
    char accept[WS_ACCEPT_LEN];
    ws_accept("dGhlIHNhbXBsZSBub25jZQ==", 24, accept);
    if (memcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28) != 0) fail("accept", "RFC 6455");
    ws_accept("bWVzaC1zcGVjLWtleS0wMQ==", 24, accept);
    if (memcmp(accept, "qjy9ETNmd2Uq62SH/cyaFG4U2lQ=", 28) != 0) fail("accept", "the reference's key");
    char header[WS_HEADER_MAX];
    if (ws_header(header, WS_TEXT, 200) != 4 || memcmp(header, "\x81\x7e\x00\xc8", 4) != 0) fail("header", "200");
    if (ws_header(header, WS_TEXT, 70000) != 10 || memcmp(header, "\x81\x7f\0\0\0\0\0\1\x11\x70", 10) != 0) fail("header", "70000");
}

/* ---- URLs of PostgreSQL ---- */

static const struct { const char *url, *result; } urls[] = {
    {"postgres://u:p@h:1/d", "u p h 1 d 1"},
    {"postgresql://u@h", "u  h 5432 u 1"},
    {"postgres://u%40x:p%3A%zz@h/d%2Fe?sslmode=require&sslmode=disable", "u@x p:%zz h 5432 d/e 2"},
    {"postgres://u:p@[::1]:5433/", "u p ::1 5433 u 1"},
    {"postgres://u:p@[::1]/d", "u p ::1 5432 d 1"},
    {"postgres://u:p@/d", "u p localhost 5432 d 1"},
    {"postgres://u:p@/d?host=/run/pg", "u p localhost 5432 d 1 /run/pg"},
    {"mysql://x", "URL must start with postgres:// or postgresql://"},
    {"postgres://host/d", "URL missing '@' separator"},
    {"postgres://u:p@localhost:abc/d", "invalid port: abc"},
    {"postgres://u:p@localhost:/d", "invalid port: "},
    {"postgres://u:p@localhost:65536/d", "invalid port: 65536"},
};

static void test_urls(void) {
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        char out[256], error[128];
        pg_url u;
        if (pg_url_parse(&u, urls[i].url, strlen(urls[i].url), error, sizeof error) != 0) snprintf(out, sizeof out, "%s", error);
        else {
            snprintf(out, sizeof out, "%s %s %s %d %s %d%s%s", u.user, u.password, u.host, u.port, u.database, (int)u.sslmode, u.socket_dir ? " " : "",
                     u.socket_dir ? u.socket_dir : "");
        }
        if (strcmp(out, urls[i].result) != 0) fail(out, urls[i].url);
        pg_url_free(&u);
    }
}

/* ---- placeholders, UTF-8 ---- */

static const struct { const char *sql, *found; } placeholders[] = {
    {"a = ? AND b = ?", "4:0 14:0 "},
    {"a = $1 AND b = $12", "4:1 15:12 "},
    {"'?' \"?\" -- ?\n/* ? /* ? */ ? */ ?", "31:0 "},
    {"E'\\'?' ?", "7:0 "},
    {"$$ ? $$ ?", "8:0 "},
    {"$a$ $$ ? $a$ ?", "13:0 "},
    {"x$1 $2", "4:2 "},
    {"'it''s ?' ?", "10:0 "},
    {"'open ?", ""},
};

static void test_placeholders(void) {
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        char out[128] = "";
        sql_placeholder p;
        size_t len = strlen(placeholders[i].sql);
        for (size_t at = 0; sql_next_placeholder(placeholders[i].sql, len, at, &p); at = p.to) {
            snprintf(out + strlen(out), sizeof out - strlen(out), "%zu:%ld ", p.from, p.number);
        }
        if (strcmp(out, placeholders[i].found) != 0) {
            printf("%s\n", out);
            fail("placeholders", placeholders[i].sql);
        }
    }
}

static void test_utf8(void) {
    static const struct { const char *bytes; bool valid; } cases[] = {
        {"", true}, {"abcdefghijklmnop", true}, {"\xc3\xa9", true}, {"\xe2\x82\xac", true}, {"\xf0\x9f\x98\x80", true}, {"\xed\x9f\xbf", true},
        {"\xc3", false}, {"\xc0\x80", false}, {"\xe0\x9f\xbf", false}, {"\xed\xa0\x80", false}, {"\xf0\x8f\xbf\xbf", false}, {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false}, {"\x80", false}, {"abcdefgh\xff", false}, {"abcdefg\xc3\xa9hijklmnop", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (utf8_valid(cases[i].bytes, strlen(cases[i].bytes)) != cases[i].valid) fail("UTF-8", cases[i].bytes);
    }
    if (utf8_cut("a\xe2\x82\xac", 4, 3) != 1) fail("UTF-8", "cut");
}

int main(void) {
    test_heads();
    test_chunks();
    test_frames();
    test_urls();
    test_placeholders();
    test_utf8();
    printf("%d failures\n", failures);
    return failures != 0;
}
