/* Fuzz target: HTTP requests as the server reads them. What came in one piece and what came in two must agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_parser.h"

typedef struct outcome {
    int status;
    size_t total, body;
    uint64_t sum; /* of the body's bytes */
} outcome;

static outcome read_request(const char *bytes, size_t len, size_t first) {
    outcome o = {0};
    char *data = malloc(len + 1);
    http_head *head = malloc(sizeof *head);
    size_t scanned = 0, have = first;
    memcpy(data, bytes, first);
    o.status = http_parse_head(data, have, &scanned, head);
    if (o.status == 0 && first < len) {
        memcpy(data + have, bytes + first, len - first);
        have = len;
        o.status = http_parse_head(data, have, &scanned, head);
    }
    if (o.status == 1) {
        if (head->size > have || head->path.off + head->path.len > head->size || head->query.off + head->query.len > head->size) abort();
        for (unsigned i = 0; i < head->nheaders; i++) {
            if (head->header[i].value.off + head->header[i].value.len > head->size) abort();
        }
        if (head->chunked) {
            http_chunks c = {0};
            size_t read = head->size, written = read;
            int status = http_decode_chunks(&c, data, have, &read, &written, HTTP_BODY_MAX);
            if (status == 0 && have < len) {
                size_t rest = have - read;
                memmove(data + written, data + read, rest);
                have = written + rest;
                size_t gap = read - written;
                read = written;
                memcpy(data + have, bytes + first, len - first);
                have += len - first;
                status = http_decode_chunks(&c, data, have, &read, &written, HTTP_BODY_MAX);
                o.total = read + gap;
            } else o.total = read;
            if (written > read) abort();
            if (status != 1) o.total = 0;
            o.status = status;
            o.body = status == 1 ? written - head->size : 0;
            for (size_t i = 0; i < o.body; i++) o.sum = o.sum * 31 + (unsigned char)data[head->size + i];
        } else o.total = head->size, o.body = (size_t)head->content_length;
    }
    free(head);
    free(data);
    return o;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    if (len < 2) return 0;
    size_t first = bytes[0] | (size_t)bytes[1] << 8;
    bytes += 2, len -= 2;
    if (first > len) first = len;
    outcome whole = read_request((const char *)bytes, len, len), parts = read_request((const char *)bytes, len, first);
    if (whole.status != parts.status || whole.body != parts.body || whole.sum != parts.sum || (whole.status == 1 && whole.total != parts.total)) {
        if (!(whole.status < 0 && parts.status < 0)) abort();
    }
    return 0;
}
