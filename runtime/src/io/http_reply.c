#include "http_reply.h"

#include <string.h>

static http_slice slice(size_t from, size_t to) {
    return (http_slice){(uint32_t)from, (uint32_t)(to - from)};
}

static bool status_line(const char *data, size_t len, http_reply *out) {
    if (len < 12 || memcmp(data, "HTTP/1.", 7) != 0 || (data[7] != '0' && data[7] != '1') || data[8] != ' ') return false;
    out->status = 0;
    for (int i = 9; i < 12; i++) {
        if (data[i] < '0' || data[i] > '9') return false;
        out->status = out->status * 10 + (data[i] - '0');
    }
    if (len > 12 && data[12] != ' ') return false;
    out->keep_alive = data[7] == '1';
    return out->status >= 100;
}

static bool framing(const char *data, http_reply *out) {
    bool has_coding = false;
    for (int i = 0; i < out->nheaders; i++) {
        const http_header *h = &out->header[i];
        const char *name = data + h->name.off, *value = data + h->value.off;
        if (http_equal_nocase(name, h->name.len, "content-length")) {
            int64_t n = 0;
            if (h->value.len == 0) return false;
            for (uint32_t k = 0; k < h->value.len; k++) {
                if (value[k] < '0' || value[k] > '9') return false;
                n = n > INT64_MAX / 16 ? n : n * 10 + (value[k] - '0');
            }
            if (out->content_length >= 0 && out->content_length != n) return false;
            out->content_length = n;
        } else if (http_equal_nocase(name, h->name.len, "transfer-encoding")) {
            if (has_coding || !http_equal_nocase(value, h->value.len, "chunked")) return false;
            has_coding = out->chunked = true;
        } else if (http_equal_nocase(name, h->name.len, "connection")) {
            if (http_list_has(value, h->value.len, "close")) out->keep_alive = false;
            else if (http_list_has(value, h->value.len, "keep-alive")) out->keep_alive = true;
        } else if (http_equal_nocase(name, h->name.len, "content-encoding")) {
            out->gzip = http_equal_nocase(value, h->value.len, "gzip") || http_equal_nocase(value, h->value.len, "x-gzip");
        }
    }
    if (out->chunked && out->content_length >= 0) { /* the coding counts, and the connection is not trusted further */
        out->content_length = -1;
        out->keep_alive = false;
    }
    return true;
}

int http_parse_reply(const char *data, size_t len, http_reply *out) {
    *out = (http_reply){.content_length = -1};
    size_t at = 0, seen = len < HTTP_REPLY_HEAD_MAX ? len : HTTP_REPLY_HEAD_MAX;
    for (bool first = true;; first = false) {
        const char *nl = memchr(data + at, '\n', seen - at);
        if (nl == NULL) return len > HTTP_REPLY_HEAD_MAX ? -1 : 0;
        size_t end = (size_t)(nl - data), to = end > at && data[end - 1] == '\r' ? end - 1 : end;
        if (first) {
            if (!status_line(data + at, to - at, out)) return -1;
        } else if (to == at) {
            out->size = (uint32_t)end + 1;
            return framing(data, out) ? 1 : -1;
        } else {
            const char *colon = memchr(data + at, ':', to - at);
            if (colon == NULL || out->nheaders == HTTP_REPLY_HEADERS_MAX) return -1;
            size_t value = (size_t)(colon - data) + 1;
            http_header *h = &out->header[out->nheaders++];
            h->name = slice(at, (size_t)(colon - data));
            while (value < to && (data[value] == ' ' || data[value] == '\t')) value++;
            while (to > value && (data[to - 1] == ' ' || data[to - 1] == '\t')) to--;
            h->value = slice(value, to);
        }
        at = end + 1;
    }
}
