#@ module IoRuntime
#@ internal
# What the I/O modules written in Mesh need of the runtime. Programs cannot name it.

# `layer` makes the handler with a middleware around it; `unmatched` answers requests without a route.
extern "mesh_http_add_layer" pub fn add_layer(router :: Router, layer :: Fun(Fun(Request) -> Response) -> Fun(Request) -> Response, unmatched :: Fun(Request) -> Response) -> Router

# Repo.transaction: as Pg.transaction, on a connection of the pool that the caller's Repo and Pool calls use meanwhile.
extern "mesh_repo_transaction" pub fn repo_transaction<A>(pool :: PoolHandle, body :: Fun(PgConn) -> Result<A, String>) -> Result<A, String>

# Queries, expressions and changesets as values of the opaque type Ptr. `kind`: 1 query, 2 expression, 3 changeset.
#@ owns value
extern "mesh_ptr_box" pub fn box<A>(kind :: Int, value :: A) -> Ptr

# Panics when the value is of another kind.
#@ panics
extern "mesh_ptr_unbox" pub fn unbox<A>(kind :: Int, boxed :: Ptr) -> A

# The name of an atom, without the colon.
extern "mesh_atom_name" pub fn atom_name(atom :: Atom) -> String

# The placeholders of raw SQL (`?` or `$n`, outside quotes and comments): text and slot number by turns, a text first.
extern "mesh_sql_pieces" pub fn sql_pieces(sql :: String) -> List<String>

# Rows grouped by a column, as JSON texts by its value: an array for `many`, else the first row as an object. A value that
# begins with the byte 1 is JSON already.
extern "mesh_rows_group_json" pub fn rows_group_json(rows :: List<Map<String, String>>, column :: String, many :: Bool) -> Map<String, String>

# The byte 1: Mesh has no escape for it.
extern "mesh_json_mark" pub fn json_mark() -> String

# The rows of such a text; what is no string in it is marked by the byte 1.
extern "mesh_rows_from_json" pub fn rows_from_json(text :: String) -> List<Map<String, String>>

# An array, or for one row without `many` an object, of rows.
extern "mesh_rows_to_json" pub fn rows_to_json(rows :: List<Map<String, String>>, many :: Bool) -> String

# Shortest decimal text without exponent and without a needless fraction: 1, 2.5, 100000000000000000000.
extern "mesh_float_plain" pub fn plain_float(x :: Float) -> String

# [A-Za-z_][A-Za-z0-9_]*
extern "mesh_is_identifier" pub fn is_identifier(text :: String) -> Bool
