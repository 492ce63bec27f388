#define _POSIX_C_SOURCE 200809L
#include "pg_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static char *copy(const char *from, const char *to, bool decode) {
    char *out = malloc((size_t)(to - from) + 1);
    if (out == NULL) abort();
    size_t n = 0;
    for (const char *p = from; p < to; p++) {
        if (decode && *p == '%' && to - p > 2 && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
            out[n++] = (char)(hex(p[1]) << 4 | hex(p[2]));
            p += 2;
        } else out[n++] = *p;
    }
    out[n] = 0;
    return out;
}

static const char *find(const char *from, const char *to, char c) {
    const char *at = memchr(from, c, (size_t)(to - from));
    return at;
}

static void query(pg_url *url, const char *from, const char *to) {
    static const char *const modes[] = {"disable", "prefer", "require", "verify-ca", "verify-full"};
    bool has_mode = false;
    while (from < to) {
        const char *end = find(from, to, '&');
        if (end == NULL) end = to;
        const char *eq = find(from, end, '=');
        if (eq != NULL) {
            char *key = copy(from, eq, true), *value = copy(eq + 1, end, true);
            char **slot = NULL;
            if (strcmp(key, "sslmode") == 0 && !has_mode) {
                has_mode = true;
                for (int i = 0; i < 5; i++) {
                    if (strcmp(value, modes[i]) == 0) url->sslmode = (enum pg_sslmode)i;
                }
            } else if (strcmp(key, "host") == 0 && value[0] == '/') slot = &url->socket_dir;
            else if (strcmp(key, "sslrootcert") == 0) slot = &url->sslrootcert;
            else if (strcmp(key, "application_name") == 0) slot = &url->application_name;
            else if (strcmp(key, "connect_timeout") == 0) {
                long seconds = strtol(value, NULL, 10);
                url->connect_timeout = seconds > 0 && seconds < 86400 ? (int)seconds : 0;
            }
            if (slot != NULL && *slot == NULL) *slot = value;
            else free(value);
            free(key);
        }
        from = end < to ? end + 1 : to;
    }
}

int pg_url_parse(pg_url *url, const char *text, size_t len, char *error, size_t error_size) {
    *url = (pg_url){.port = 5432, .sslmode = PG_SSL_PREFER};
    const char *at = text, *end = text + len;
    if (len >= 11 && memcmp(at, "postgres://", 11) == 0) at += 11;
    else if (len >= 13 && memcmp(at, "postgresql://", 13) == 0) at += 13;
    else {
        snprintf(error, error_size, "URL must start with postgres:// or postgresql://");
        return -1;
    }
    const char *mark = find(at, end, '?');
    if (mark != NULL) {
        query(url, mark + 1, end);
        end = mark;
    }
    const char *sign = find(at, end, '@');
    if (sign == NULL) {
        snprintf(error, error_size, "URL missing '@' separator");
        return -1;
    }
    const char *colon = find(at, sign, ':');
    url->user = copy(at, colon ? colon : sign, true);
    url->password = colon ? copy(colon + 1, sign, true) : copy(sign, sign, false);
    at = sign + 1;
    const char *slash = find(at, end, '/');
    const char *host_end = slash ? slash : end;
    url->database = slash && slash + 1 < end ? copy(slash + 1, end, true) : strdup(url->user);

    const char *bracket = at < host_end && *at == '[' ? find(at, host_end, ']') : NULL;
    const char *port = NULL;
    if (bracket != NULL) {
        url->host = copy(at + 1, bracket, false);
        if (bracket + 1 < host_end && bracket[1] == ':') port = bracket + 2;
    } else {
        for (const char *p = at; p < host_end; p++) {
            if (*p == ':') port = p + 1;
        }
        url->host = copy(at, port ? port - 1 : host_end, false);
    }
    if (url->host[0] == 0) {
        free(url->host);
        url->host = strdup("localhost");
    } else {
        free(url->socket_dir);
        url->socket_dir = NULL;
    }
    if (port != NULL) {
        long n = 0;
        bool valid = port < host_end;
        for (const char *p = port; p < host_end; p++) {
            if (*p < '0' || *p > '9') valid = false;
            else n = n > 65535 ? n : n * 10 + (*p - '0');
        }
        if (!valid || n > 65535) {
            snprintf(error, error_size, "invalid port: %.*s", (int)(host_end - port), port);
            return -1;
        }
        url->port = (int)n;
    }
    return 0;
}

void pg_url_free(pg_url *url) {
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->database);
    free(url->socket_dir);
    free(url->sslrootcert);
    free(url->application_name);
    *url = (pg_url){0};
}
