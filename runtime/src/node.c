/* Nodes: not available yet, so every function behaves as in a program whose node was never started (actors.md 17). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"

/* name@host, name@host:port, name@[address]:port */
static bool good_name(const mesh_string *s) {
    const char *at = memchr(s->data, '@', (size_t)s->len), *end = s->data + s->len;
    if (at == NULL || at == s->data || at + 1 == end) return false;
    const char *host = at + 1, *colon = NULL;
    if (*host == '[') {
        const char *close = memchr(host, ']', (size_t)(end - host));
        if (close == NULL || close == host + 1) return false;
        if (close + 1 == end) return true;
        if (close[1] != ':') return false;
        colon = close + 1;
    } else {
        colon = memchr(host, ':', (size_t)(end - host));
        if (colon == host) return false;
        if (colon == NULL) return true;
    }
    long port = 0;
    if (colon + 1 == end || end - colon > 6) return false;
    for (const char *c = colon + 1; c < end; c++) {
        if (!isdigit((unsigned char)*c)) return false;
        port = port * 10 + (*c - '0');
    }
    return port <= 65535;
}

int64_t mesh_node_start(mesh_ctx *ctx, mesh_string *name, mesh_string *cookie) {
    (void)ctx;
    (void)cookie;
    if (!good_name(name)) return -3;
    fputs("mesh node: distribution is not available\n", stderr);
    return -2;
}

int64_t mesh_node_connect(mesh_ctx *ctx, mesh_string *name) {
    (void)ctx;
    (void)name;
    fputs("mesh node: node not started\n", stderr);
    return -1;
}

static bool is_set(const char *name) {
    const char *value = getenv(name);
    return value != NULL && *value != 0;
}

mesh_obj *mesh_node_start_from_env(mesh_ctx *ctx) {
    static const char *const hints[] = {"MESH_DISCOVERY_SEED", "MESH_NODE_NAME", "MESH_NODE_HOST", "FLY_APP_NAME",
                                        "FLY_REGION", "FLY_MACHINE_ID", "FLY_PRIVATE_IP"};
    if (is_set("MESH_CLUSTER_COOKIE")) {
        if (!is_set("MESH_DISCOVERY_SEED"))
            return mesh_err_text(ctx, "Missing required environment variable MESH_DISCOVERY_SEED");
        fputs("mesh node: distribution is not available\n", stderr);
        return mesh_err_text(ctx, "distribution is not available");
    }
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (is_set(hints[i])) return mesh_err_text(ctx, "MESH_CLUSTER_COOKIE is required when discovery or identity env is set");
    mesh_data *status = mesh_data_new(ctx, 0, 3, 4); /* mode, node_name, discovery_seed; cluster_port */
    status->slot[0] = mesh_of_ptr(mesh_string_from_c(ctx, "standalone"));
    status->slot[1] = mesh_of_ptr(mesh_string_from_c(ctx, ""));
    status->slot[2] = mesh_of_ptr(mesh_string_from_c(ctx, ""));
    status->slot[3] = 4370;
    return mesh_ok_ptr(ctx, status);
}
