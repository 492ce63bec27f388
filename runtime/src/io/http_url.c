#define _POSIX_C_SOURCE 200809L
#include "http_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *from, size_t len) {
    char *out = malloc(len + 1);
    if (out == NULL) abort();
    memcpy(out, from, len);
    out[len] = 0;
    return out;
}

static bool starts_nocase(const char *text, size_t len, const char *word) {
    size_t n = strlen(word);
    if (len < n) return false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        if (c != word[i]) return false;
    }
    return true;
}

int http_url_parse(http_url *url, const char *text, size_t len) {
    *url = (http_url){0};
    const char *at = text, *end = text + len;
    for (const char *p = at; p < end; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f) return -1; /* nothing that could end the request line */
    }
    if (starts_nocase(at, len, "http://")) at += 7;
    else if (starts_nocase(at, len, "https://")) at += 8, url->https = true;
    else return -1;
    const char *authority_end = at;
    while (authority_end < end && *authority_end != '/' && *authority_end != '?' && *authority_end != '#') authority_end++;
    for (const char *p = at; p < authority_end; p++) {
        if (*p == '@') at = p + 1; /* user information is not sent */
    }
    const char *host_end = authority_end, *port = NULL;
    if (at < authority_end && *at == '[') {
        const char *close = memchr(at, ']', (size_t)(authority_end - at));
        if (close == NULL) return -1;
        url->host = copy(at + 1, (size_t)(close - at - 1));
        if (close + 1 < authority_end) {
            if (close[1] != ':') return -1;
            port = close + 2;
        }
    } else {
        const char *colon = memchr(at, ':', (size_t)(authority_end - at));
        if (colon != NULL) host_end = colon, port = colon + 1;
        url->host = copy(at, (size_t)(host_end - at));
    }
    if (url->host[0] == 0) return -1;
    for (char *c = url->host; *c; c++) {
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + 32);
        if (*c == '%' || *c == '\\') return -1;
    }
    url->port = url->https ? 443 : 80;
    if (port != NULL && port < authority_end) {
        long n = 0;
        for (const char *p = port; p < authority_end; p++) {
            if (*p < '0' || *p > '9' || n > 65535) return -1;
            n = n * 10 + (*p - '0');
        }
        if (n < 1 || n > 65535) return -1;
        url->port = (int)n;
    }
    const char *hash = memchr(authority_end, '#', (size_t)(end - authority_end));
    if (hash != NULL) end = hash;
    size_t n = (size_t)(end - authority_end);
    if (n == 0 || *authority_end != '/') { /* "?query" needs its slash */
        url->target = malloc(n + 2);
        if (url->target == NULL) abort();
        url->target[0] = '/';
        memcpy(url->target + 1, authority_end, n);
        url->target[n + 1] = 0;
    } else url->target = copy(authority_end, n);
    return 0;
}

void http_url_free(http_url *url) {
    free(url->host);
    free(url->target);
    *url = (http_url){0};
}

size_t http_url_authority(const http_url *url, char *out, size_t room) {
    bool v6 = strchr(url->host, ':') != NULL, standard = url->port == (url->https ? 443 : 80);
    int n = snprintf(out, room, "%s%s%s", v6 ? "[" : "", url->host, v6 ? "]" : "");
    if (!standard && n > 0 && (size_t)n < room) n += snprintf(out + n, room - (size_t)n, ":%d", url->port);
    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* Removes "." and ".." segments of a path (RFC 3986, 5.2.4), in place. */
static void remove_dots(char *path) {
    char *query = strchr(path, '?'), *end = query ? query : path + strlen(path), *out = path, *at = path;
    char *tail = query ? strdup(query) : NULL;
    while (at < end) {
        char *next = at + 1;
        while (next < end && *next != '/') next++;
        size_t n = (size_t)(next - at);
        bool dot = n == 2 && at[1] == '.', dots = n == 3 && at[1] == '.' && at[2] == '.';
        if (dot || dots) {
            if (dots) {
                while (out > path && *--out != '/') {}
            }
            if (next == end) *out++ = '/';
        } else {
            memmove(out, at, n);
            out += n;
        }
        at = next;
    }
    if (out == path) *out++ = '/';
    *out = 0;
    if (tail != NULL) memcpy(out, tail, strlen(tail) + 1);
    free(tail);
}

char *http_url_resolve(const http_url *base, const char *location, size_t len) {
    char authority[512];
    http_url_authority(base, authority, sizeof authority);
    const char *scheme = base->https ? "https" : "http";
    if (starts_nocase(location, len, "http://") || starts_nocase(location, len, "https://")) return copy(location, len);
    size_t room = len + strlen(base->target) + sizeof authority + 16;
    char *out = malloc(room);
    if (out == NULL) abort();
    if (len >= 2 && location[0] == '/' && location[1] == '/') {
        snprintf(out, room, "%s:%.*s", scheme, (int)len, location);
        return out;
    }
    int front = snprintf(out, room, "%s://%s", scheme, authority);
    char *path = out + front;
    size_t left = room - (size_t)front;
    size_t base_path = strcspn(base->target, "?");
    if (len > 0 && location[0] == '/') snprintf(path, left, "%.*s", (int)len, location);
    else if (len > 0 && location[0] == '?') snprintf(path, left, "%.*s%.*s", (int)base_path, base->target, (int)len, location);
    else if (len == 0 || location[0] == '#') snprintf(path, left, "%s", base->target);
    else {
        size_t folder = base_path;
        while (folder > 0 && base->target[folder - 1] != '/') folder--;
        snprintf(path, left, "%.*s%.*s", (int)folder, base->target, (int)len, location);
    }
    remove_dots(path);
    return out;
}
