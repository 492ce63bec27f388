#@ module Pool
# link: pq
# A pool of PostgreSQL connections, shared by all processes.

# Opens a pool of at most `max` connections, `min` of them at once; `timeout` in milliseconds limits a checkout.
#@ alias pool_open
extern "mesh_pool_open" pub fn open(url :: String, min :: Int, max :: Int, timeout :: Int) -> Result<PoolHandle, String>

#@ alias pool_close
extern "mesh_pool_close" pub fn close(pool :: PoolHandle) -> ()

#@ alias pool_checkout
extern "mesh_pool_checkout" pub fn checkout(pool :: PoolHandle) -> Result<PgConn, String>

#@ alias pool_checkin
extern "mesh_pool_checkin" pub fn checkin(pool :: PoolHandle, conn :: PgConn) -> ()

#@ alias pool_query
extern "mesh_pool_query" pub fn query(pool :: PoolHandle, sql :: String, params :: List<String>) -> Result<List<Map<String, String>>, String>

#@ alias pool_execute
extern "mesh_pool_execute" pub fn execute(pool :: PoolHandle, sql :: String, params :: List<String>) -> Result<Int, String>

pub fn query_as<A>(pool :: PoolHandle, sql :: String, params :: List<String>, row :: Fun(Map<String, String>) -> Result<A, String>) -> Result<List<Result<A, String>>, String> do
  case query(pool, sql, params) do
    Ok(rows) -> Ok(List.map(rows, row))
    Err(e) -> Err(e)
  end
end
