#@ module Pg
# link: pq
# PostgreSQL. Parameters and columns are texts; NULL arrives as "".

#@ alias pg_connect
extern "mesh_pg_connect" pub fn connect(url :: String) -> Result<PgConn, String>

#@ alias pg_close
extern "mesh_pg_close" pub fn close(conn :: PgConn) -> ()

# Runs one statement; the number of rows it affected.
#@ alias pg_execute
extern "mesh_pg_execute" pub fn execute(conn :: PgConn, sql :: String, params :: List<String>) -> Result<Int, String>

# Runs one statement; its rows by column name.
#@ alias pg_query
extern "mesh_pg_query" pub fn query(conn :: PgConn, sql :: String, params :: List<String>) -> Result<List<Map<String, String>>, String>

# Runs one statement and maps every row; a row that cannot be mapped does not fail the call.
pub fn query_as<A>(conn :: PgConn, sql :: String, params :: List<String>, row :: Fun(Map<String, String>) -> Result<A, String>) -> Result<List<Result<A, String>>, String> do
  case query(conn, sql, params) do
    Ok(rows) -> Ok(List.map(rows, row))
    Err(e) -> Err(e)
  end
end

#@ alias pg_begin
extern "mesh_pg_begin" pub fn begin(conn :: PgConn) -> Result<(), String>

#@ alias pg_commit
extern "mesh_pg_commit" pub fn commit(conn :: PgConn) -> Result<(), String>

#@ alias pg_rollback
extern "mesh_pg_rollback" pub fn rollback(conn :: PgConn) -> Result<(), String>

# Runs the body between BEGIN and COMMIT; Err or a panic rolls back. Nested calls use savepoints.
#@ alias pg_transaction
extern "mesh_pg_transaction" pub fn transaction<A>(conn :: PgConn, body :: Fun(PgConn) -> Result<A, String>) -> Result<A, String>
