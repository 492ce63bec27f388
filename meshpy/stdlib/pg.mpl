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

# ---- the schema. Names are quoted.

fn required(text :: String, problem :: String) -> Result<(), String> do
  if String.trim(text) == "" do Err(problem) else Ok(nil) end
end

pub fn create_extension(pool :: PoolHandle, name :: String) -> Result<Int, String> do
  required(name, "Pg.create_extension: extension name must not be empty")?
  Pool.execute(pool, "CREATE EXTENSION IF NOT EXISTS " <> Sql.quote(name), [])
end

pub fn create_range_partitioned_table(pool :: PoolHandle, table :: String, columns :: List<String>, partition_column :: String) -> Result<Int, String> do
  let place = "Pg.create_range_partitioned_table: "
  required(table, place <> "table name must not be empty")?
  required(partition_column, place <> "partition column must not be empty")?
  path(table, place)?
  let definitions = definitions_from([], columns, place, 0)?
  let names = List.map(columns, fn(c) do List.head(String.split(String.trim(c), ":")) end)
  if List.contains(names, partition_column) do
    Pool.execute(pool, "CREATE TABLE IF NOT EXISTS " <> Sql.quote_path(table) <> " (" <> String.join(definitions, ", ") <> ") PARTITION BY RANGE (" <> Sql.quote(partition_column) <> ")", [])
  else
    Err(place <> "partition column `" <> partition_column <> "` is missing from `" <> table <> "`")
  end
end

fn definitions_from(done :: List<String>, columns :: List<String>, place :: String, i :: Int) -> Result<List<String>, String> do
  if i < List.length(columns) do
    let column = String.trim(List.get(columns, i))
    if column == "" or String.starts_with(column, ":") or String.ends_with(column, ":") do
      Err(place <> "invalid column definition `" <> List.get(columns, i) <> "`")
    else
      definitions_from(List.append(done, Ddl.definition(column)), columns, place, i + 1)
    end
  else if List.length(done) == 0 do
    Err(place <> "at least one column is required")
  else
    Ok(done)
  end
end

# A quoted name; no part of it may be empty.
fn path(name :: String, place :: String) -> Result<String, String> do
  if List.any(String.split(name, "."), fn(part) do part == "" end) do
    Err(place <> "identifier `" <> name <> "` contains an empty segment")
  else
    Ok(Sql.quote_path(name))
  end
end

pub fn create_gin_index(pool :: PoolHandle, table :: String, index :: String, column :: String, opclass :: String) -> Result<Int, String> do
  let place = "Pg.create_gin_index: "
  required(table, place <> "table name must not be empty")?
  required(index, place <> "index name must not be empty")?
  required(column, place <> "column name must not be empty")?
  required(opclass, place <> "opclass must not be empty")?
  let quoted_table = path(table, place)?
  let quoted_class = path(opclass, place)?
  Pool.execute(pool, "CREATE INDEX IF NOT EXISTS " <> Sql.quote(index) <> " ON " <> quoted_table <> " USING GIN (" <> Sql.quote(column) <> " " <> quoted_class <> ")", [])
end

# Partitions of the next days, today included: parent_YYYYMMDD.
pub fn create_daily_partitions_ahead(pool :: PoolHandle, parent :: String, days :: Int) -> Result<Int, String> do
  let place = "Pg.create_daily_partitions_ahead: "
  required(parent, place <> "parent table must not be empty")?
  path(parent, place)?
  if days < 0 do
    Err(place <> "days must be non-negative, got " <> Int.to_string(days))
  else
    create_partitions(pool, parent, days, 0)
  end
end

fn create_partitions(pool :: PoolHandle, parent :: String, days :: Int, offset :: Int) -> Result<Int, String> do
  if offset < days do
    let sql = "SELECT to_char(current_date + $1::int, 'YYYYMMDD') AS suffix, (current_date + $1::int)::text AS low, (current_date + $1::int + 1)::text AS high"
    let rows = Pool.query(pool, sql, [Int.to_string(offset)])?
    let day = List.head(rows)
    let name = Sql.quote_path(parent <> "_" <> Map.get(day, "suffix"))
    let range = " FOR VALUES FROM ('" <> Map.get(day, "low") <> "') TO ('" <> Map.get(day, "high") <> "')"
    Pool.execute(pool, "CREATE TABLE IF NOT EXISTS " <> name <> " PARTITION OF " <> Sql.quote_path(parent) <> range, [])?
    create_partitions(pool, parent, days, offset + 1)
  else
    Ok(0)
  end
end

# Names of the daily partitions that are older than so many days, ascending.
pub fn list_daily_partitions_before(pool :: PoolHandle, parent :: String, max_days :: Int) -> Result<List<String>, String> do
  let place = "Pg.list_daily_partitions_before: "
  required(parent, place <> "parent table must not be empty")?
  let quoted = path(parent, place)?
  if max_days < 0 do
    Err(place <> "max_days must be non-negative, got " <> Int.to_string(max_days))
  else
    let name = List.last(String.split(parent, "."))
    let sql = "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1) AND c.relname LIKE $2 AND right(c.relname, 8) ~ '^[0-9]{8}$' AND length(c.relname) = $3::int AND right(c.relname, 8) < to_char(current_date - $4::int, 'YYYYMMDD') ORDER BY c.relname"
    let like = String.replace(String.replace(String.replace(name, "\\", "\\\\"), "_", "\\_"), "%", "\\%") <> "\\_%"
    let rows = Pool.query(pool, sql, [quoted, like, Int.to_string(String.length(name) + 9), Int.to_string(max_days)])?
    Ok(List.map(rows, fn(row) do Map.get(row, "name") end))
  end
end

pub fn drop_partition(pool :: PoolHandle, name :: String) -> Result<Int, String> do
  required(name, "Pg.drop_partition: partition name must not be empty")?
  Pool.execute(pool, "DROP TABLE IF EXISTS " <> Sql.quote_path(name), [])
end

# ---- expressions of PostgreSQL, for Query and Repo

# e::name
pub fn cast(e :: Ptr, sql_type :: String) -> Ptr do
  Sql.typed(e, sql_type)
end

pub fn jsonb(e :: Ptr) -> Ptr do
  Sql.typed(e, "jsonb")
end

pub fn int(e :: Ptr) -> Ptr do
  Sql.typed(e, "int")
end

pub fn text(e :: Ptr) -> Ptr do
  Sql.typed(e, "text")
end

pub fn uuid(e :: Ptr) -> Ptr do
  Sql.typed(e, "uuid")
end

pub fn timestamptz(e :: Ptr) -> Ptr do
  Sql.typed(e, "timestamptz")
end

pub fn gen_salt(algorithm :: String, rounds :: Int) -> Ptr do
  Sql.function("gen_salt", [Sql.value(algorithm), Sql.value(Int.to_string(rounds))])
end

pub fn crypt(password :: Ptr, salt :: Ptr) -> Ptr do
  Sql.function("crypt", [Sql.expr(password), Sql.expr(salt)])
end

fn regconfig(name :: String) -> SqlPart do
  Sql.add(Sql.value(name), Sql.text("::regconfig"))
end

pub fn to_tsvector(language :: String, e :: Ptr) -> Ptr do
  Sql.function("to_tsvector", [regconfig(language), Sql.expr(e)])
end

pub fn plainto_tsquery(language :: String, e :: Ptr) -> Ptr do
  Sql.function("plainto_tsquery", [regconfig(language), Sql.expr(e)])
end

pub fn ts_rank(vector :: Ptr, query :: Ptr) -> Ptr do
  Sql.function("ts_rank", [Sql.expr(vector), Sql.expr(query)])
end

pub fn tsvector_matches(vector :: Ptr, query :: Ptr) -> Ptr do
  Sql.binary(vector, "@@", query)
end

pub fn jsonb_contains(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "@>", b)
end
