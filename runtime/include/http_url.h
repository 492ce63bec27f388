/* URLs of the HTTP client: http and https, with what a redirect needs. */
#ifndef MESH_HTTP_URL_H
#define MESH_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct http_url {
    bool https;
    char *host;   /* lower case, without brackets */
    int port;
    char *target; /* path and query, at least "/" */
} http_url;

/* 0, or -1 when it is not such a URL. Free with http_url_free in both cases. */
int http_url_parse(http_url *url, const char *text, size_t len);
void http_url_free(http_url *url);

/* Host header: the host, with brackets and port where they are needed. Returns the length. */
size_t http_url_authority(const http_url *url, char *out, size_t room);

/* The URL that `location` means, seen from base. malloc'ed. */
char *http_url_resolve(const http_url *base, const char *location, size_t len);

#endif
