/* Fuzz target: URLs of PostgreSQL and of the HTTP client, placeholders in SQL. */
#include <stdlib.h>
#include <string.h>

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
    free(text);
    return 0;
}
