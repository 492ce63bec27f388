#ifndef MESH_WS_SERVER_H
#define MESH_WS_SERVER_H

#include "net.h"

/* Serves on a bound descriptor, in the background. */
void ws_serve(mesh_ctx *ctx, mesh_closure *on_connect, mesh_closure *on_message, mesh_closure *on_close, int fd, const net_tls *tls, void *tls_config);

#endif
