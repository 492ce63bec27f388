/* Fuzz target: URLs, placeholders in SQL, responses to the HTTP client, what brokers say. */
#include <stdlib.h>
#include <string.h>

#include "broker.h"
#include "http_reply.h"
#include "http_url.h"
#include "pg_url.h"
#include "sql_lexer.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    char *text = malloc(len + 16), error[128];
    memcpy(text, "postgres://", 11);
    memcpy(text + 11, bytes, len);
    pg_url url;
    pg_url_parse(&url, text, len + 11, error, sizeof error);
    pg_url_free(&url);
    sql_placeholder p;
    size_t last = 0;
    for (size_t at = 0; sql_next_placeholder((const char *)bytes, len, at, &p); at = p.to) {
        if (p.from < last || p.to <= p.from || p.to > len) abort();
        last = p.to;
    }
    memcpy(text, "http://h", 8);
    memcpy(text + 8, bytes, len);
    http_url target;
    if (http_url_parse(&target, text, len + 8) == 0) {
        char *resolved = http_url_resolve(&target, (const char *)bytes, len), authority[512];
        http_url_authority(&target, authority, sizeof authority);
        free(resolved);
    }
    http_url_free(&target);
    http_reply *reply = malloc(sizeof *reply);
    if (http_parse_reply((const char *)bytes, len, reply) == 1) {
        if (reply->size > len) abort();
        for (int i = 0; i < reply->nheaders; i++) {
            if (reply->header[i].value.off + reply->header[i].value.len > reply->size) abort();
        }
    }
    free(reply);
    for (int kind = BROKER_NATS; kind <= BROKER_REDIS; kind++) {
        io_buffer answer = {0};
        const char *message;
        size_t size, at = 0;
        long used;
        while (at < len && (used = broker_read((enum broker_kind)kind, (const char *)bytes + at, len - at, &message, &size, &answer)) > 0) {
            at += (size_t)used;
            if (at > len || (message != NULL && (message < (const char *)bytes || message + size > (const char *)bytes + len))) abort();
        }
        io_free(&answer);
    }
    broker_url broker;
    memcpy(text, "nats://", 7);
    memcpy(text + 7, bytes, len);
    text[len + 7] = 0;
    broker_parse_url(text, &broker);
    free(text);
    return 0;
}
