#ifndef MESH_HTTP_SERVER_H
#define MESH_HTTP_SERVER_H

#include "net.h"

/* Serves on a bound descriptor; does not return. The process waits until the program ends. */
_Noreturn void http_serve(mesh_ctx *ctx, mesh_obj *router, int fd, const net_tls *tls, void *tls_config);

#endif
