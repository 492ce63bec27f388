#@ module IoRuntime
#@ internal
# What the I/O modules written in Mesh need of the runtime. Programs cannot name it.

# `layer` makes the handler with a middleware around it; `unmatched` answers requests without a route.
extern "mesh_http_add_layer" pub fn add_layer(router :: Router, layer :: Fun(Fun(Request) -> Response) -> Fun(Request) -> Response, unmatched :: Fun(Request) -> Response) -> Router

# Repo.transaction: as Pg.transaction, on a connection of the pool that the caller's Repo and Pool calls use meanwhile.
extern "mesh_repo_transaction" pub fn repo_transaction<A>(pool :: PoolHandle, body :: Fun(PgConn) -> Result<A, String>) -> Result<A, String>
