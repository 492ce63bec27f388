#@ module Sqlite
# link: sqlite3
# SQLite. Parameters are bound as text; NULL arrives as "".

#@ alias sqlite_open
extern "mesh_sqlite_open" pub fn open(path :: String) -> Result<SqliteConn, String>

#@ alias sqlite_close
extern "mesh_sqlite_close" pub fn close(conn :: SqliteConn) -> ()

#@ alias sqlite_execute
extern "mesh_sqlite_execute" pub fn execute(conn :: SqliteConn, sql :: String, params :: List<String>) -> Result<Int, String>

#@ alias sqlite_query
extern "mesh_sqlite_query" pub fn query(conn :: SqliteConn, sql :: String, params :: List<String>) -> Result<List<Map<String, String>>, String>

#@ alias sqlite_begin
extern "mesh_sqlite_begin" pub fn begin(conn :: SqliteConn) -> Result<(), String>

#@ alias sqlite_commit
extern "mesh_sqlite_commit" pub fn commit(conn :: SqliteConn) -> Result<(), String>

#@ alias sqlite_rollback
extern "mesh_sqlite_rollback" pub fn rollback(conn :: SqliteConn) -> Result<(), String>
