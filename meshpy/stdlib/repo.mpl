#@ module Repo
# Rows of PostgreSQL tables through a pool. Rows are maps of texts by column name; NULL is "".

fn run(pool :: PoolHandle, part :: SqlPart) -> Result<List<Map<String, String>>, String> do
  Pool.query(pool, Sql.render(part, 1), part.params)
end

# The first row, or Err with the text.
fn first(result :: Result<List<Map<String, String>>, String>, missing :: String) -> Result<Map<String, String>, String> do
  case result do
    Ok(rows) -> if List.length(rows) == 0 do Err(missing) else Ok(List.head(rows)) end
    Err(e) -> Err(e)
  end
end

pub fn all(pool :: PoolHandle, query :: Ptr) -> Result<List<Map<String, String>>, String> do
  run(pool, QuerySql.select_part(query))
end

pub fn one(pool :: PoolHandle, query :: Ptr) -> Result<Map<String, String>, String> do
  first(all(pool, Query.limit(query, 1)), "not found")
end

pub fn get(pool :: PoolHandle, table :: String, id :: String) -> Result<Map<String, String>, String> do
  get_by(pool, table, "id", id)
end

pub fn get_by(pool :: PoolHandle, table :: String, field :: String, value :: String) -> Result<Map<String, String>, String> do
  let sql = "SELECT * FROM " <> Sql.quote_path(table) <> " WHERE " <> Sql.quote(field) <> " = $1 LIMIT 1"
  first(Pool.query(pool, sql, [value]), "not found")
end

pub fn count(pool :: PoolHandle, query :: Ptr) -> Result<Int, String> do
  case first(run(pool, QuerySql.count_part(query)), "count returned no rows") do
    Ok(row) -> Ok(number(Map.get(row, "count")))
    Err(e) -> Err(e)
  end
end

fn number(text :: String) -> Int do
  case String.to_int(text) do
    Some(n) -> n
    None -> 0
  end
end

pub fn exists(pool :: PoolHandle, query :: Ptr) -> Result<Bool, String> do
  case first(run(pool, QuerySql.exists_part(query)), "exists returned no rows") do
    Ok(row) -> Ok(is_true(Map.get(row, "exists")))
    Err(e) -> Err(e)
  end
end

fn is_true(text :: String) -> Bool do
  text == "t" or text == "true" or text == "1"
end

# ---- writing

# Texts as expressions that are bound parameters.
fn bound(values :: List<String>) -> List<SqlPart> do
  List.map(values, Sql.value)
end

# INSERT INTO t (a, b) VALUES (x, y)
fn insert_part(table :: String, columns :: List<String>, values :: List<SqlPart>) -> SqlPart do
  let names = String.join(List.map(columns, Sql.quote), ", ")
  Sql.around("INSERT INTO " <> Sql.quote_path(table) <> " (" <> names <> ") VALUES (", Sql.join(values, ", "), ")")
end

# "a" = x, "b" = y
fn set_part(columns :: List<String>, values :: List<SqlPart>) -> SqlPart do
  Sql.join(settings([], columns, values, 0), ", ")
end

fn settings(done :: List<SqlPart>, columns :: List<String>, values :: List<SqlPart>, i :: Int) -> List<SqlPart> do
  if i < List.length(columns) do
    let one = Sql.add(Sql.text(Sql.quote(List.get(columns, i)) <> " = "), List.get(values, i))
    settings(List.append(done, one), columns, values, i + 1)
  else
    done
  end
end

fn returning(part :: SqlPart) -> SqlPart do
  Sql.add(part, Sql.text(" RETURNING *"))
end

fn insert_row(pool :: PoolHandle, name :: String, table :: String, columns :: List<String>, values :: List<SqlPart>) -> Result<Map<String, String>, String> do
  if List.length(columns) == 0 do
    Err(name <> ": no fields provided")
  else
    first(run(pool, returning(insert_part(table, columns, values))), name <> ": no row returned")
  end
end

pub fn insert(pool :: PoolHandle, table :: String, fields :: Map<String, String>) -> Result<Map<String, String>, String> do
  insert_row(pool, "insert", table, Map.keys(fields), bound(Map.values(fields)))
end

pub fn insert_expr(pool :: PoolHandle, table :: String, fields :: Map<String, Ptr>) -> Result<Map<String, String>, String> do
  insert_row(pool, "insert_expr", table, Map.keys(fields), Sql.exprs(Map.values(fields)))
end

pub fn update(pool :: PoolHandle, table :: String, id :: String, fields :: Map<String, String>) -> Result<Map<String, String>, String> do
  if Map.size(fields) == 0 do
    Err("update: no fields provided")
  else
    let set = set_part(Map.keys(fields), bound(Map.values(fields)))
    let sql = Sql.concat([Sql.text("UPDATE " <> Sql.quote_path(table) <> " SET "), set, Sql.text(" WHERE \"id\" = "), Sql.value(id)])
    first(run(pool, returning(sql)), "update: no row returned (id not found)")
  end
end

fn update_rows(pool :: PoolHandle, name :: String, table :: String, columns :: List<String>, values :: List<SqlPart>, query :: Ptr) -> Result<Map<String, String>, String> do
  let conditions = QuerySql.where_part(QuerySql.parts(query))
  if List.length(columns) == 0 do
    Err(name <> ": no fields provided")
  else if List.length(conditions.tokens) == 0 do
    Err(name <> ": no WHERE conditions")
  else
    let sql = Sql.concat([Sql.text("UPDATE " <> Sql.quote_path(table) <> " SET "), set_part(columns, values), conditions])
    first(run(pool, returning(sql)), name <> ": no rows matched")
  end
end

# Updates the rows that the query's conditions select; gives the first of them.
pub fn update_where(pool :: PoolHandle, table :: String, fields :: Map<String, String>, query :: Ptr) -> Result<Map<String, String>, String> do
  update_rows(pool, "update_where", table, Map.keys(fields), bound(Map.values(fields)), query)
end

pub fn update_where_expr(pool :: PoolHandle, table :: String, fields :: Map<String, Ptr>, query :: Ptr) -> Result<Map<String, String>, String> do
  update_rows(pool, "update_where_expr", table, Map.keys(fields), Sql.exprs(Map.values(fields)), query)
end

pub fn delete(pool :: PoolHandle, table :: String, id :: String) -> Result<Map<String, String>, String> do
  let sql = "DELETE FROM " <> Sql.quote_path(table) <> " WHERE \"id\" = $1 RETURNING *"
  first(Pool.query(pool, sql, [id]), "delete: no row returned (id not found)")
end

fn delete_part(table :: String, conditions :: SqlPart) -> SqlPart do
  Sql.add(Sql.text("DELETE FROM " <> Sql.quote_path(table)), conditions)
end

# Deletes the rows that the query's conditions select; how many there were.
pub fn delete_where(pool :: PoolHandle, table :: String, query :: Ptr) -> Result<Int, String> do
  let conditions = QuerySql.where_part(QuerySql.parts(query))
  if List.length(conditions.tokens) == 0 do
    Err("delete_where: no WHERE conditions")
  else
    let sql = delete_part(table, conditions)
    Pool.execute(pool, Sql.render(sql, 1), sql.params)
  end
end

pub fn delete_where_returning(pool :: PoolHandle, table :: String, query :: Ptr) -> Result<List<Map<String, String>>, String> do
  let conditions = QuerySql.where_part(QuerySql.parts(query))
  if List.length(conditions.tokens) == 0 do
    Err("delete_where_returning: no WHERE conditions")
  else
    run(pool, returning(delete_part(table, conditions)))
  end
end

fn upsert(pool :: PoolHandle, name :: String, table :: String, fields :: Map<String, String>, targets :: List<String>, columns :: List<String>, values :: List<SqlPart>) -> Result<Map<String, String>, String> do
  if Map.size(fields) == 0 do
    Err(name <> ": no fields provided")
  else if List.length(targets) == 0 do
    Err(name <> ": no conflict targets provided")
  else if List.length(columns) == 0 do
    Err(name <> ": no update fields provided")
  else
    let inserted = insert_part(table, Map.keys(fields), bound(Map.values(fields)))
    let conflict = " ON CONFLICT (" <> String.join(List.map(targets, Sql.quote), ", ") <> ") DO UPDATE SET "
    let sql = Sql.concat([inserted, Sql.text(conflict), set_part(columns, values)])
    first(run(pool, returning(sql)), name <> ": no row returned")
  end
end

# Inserts, or updates the columns `updates` of the row that conflicts in `targets`.
pub fn insert_or_update(pool :: PoolHandle, table :: String, fields :: Map<String, String>, targets :: List<String>, updates :: List<String>) -> Result<Map<String, String>, String> do
  let values = List.map(updates, fn(column) do Sql.text("EXCLUDED." <> Sql.quote(column)) end)
  upsert(pool, "insert_or_update", table, fields, targets, updates, values)
end

pub fn insert_or_update_expr(pool :: PoolHandle, table :: String, fields :: Map<String, String>, targets :: List<String>, updates :: Map<String, Ptr>) -> Result<Map<String, String>, String> do
  upsert(pool, "insert_or_update_expr", table, fields, targets, Map.keys(updates), Sql.exprs(Map.values(updates)))
end

pub fn query_raw(pool :: PoolHandle, sql :: String, params :: List<String>) -> Result<List<Map<String, String>>, String> do
  Pool.query(pool, sql, params)
end

pub fn execute_raw(pool :: PoolHandle, sql :: String, params :: List<String>) -> Result<Int, String> do
  Pool.execute(pool, sql, params)
end

# Runs the body in a transaction; calls of Repo and Pool with the same pool inside it take part.
pub fn transaction<A>(pool :: PoolHandle, body :: Fun(PgConn) -> Result<A, String>) -> Result<A, String> do
  IoRuntime.repo_transaction(pool, body)
end

# ---- changesets

# Inserts the changes of a valid changeset; otherwise, or when the database refuses them, Err with a changeset.
pub fn insert_changeset(pool :: PoolHandle, table :: String, changeset :: Ptr) -> Result<Map<String, String>, Ptr> do
  let changes = Changeset.changes(changeset)
  if not Changeset.valid(changeset) or Map.size(changes) == 0 do
    Err(changeset)
  else
    saved(insert(pool, table, changes), changeset, "insert: no row returned", "database error")
  end
end

pub fn update_changeset(pool :: PoolHandle, table :: String, id :: String, changeset :: Ptr) -> Result<Map<String, String>, Ptr> do
  let changes = Changeset.changes(changeset)
  if not Changeset.valid(changeset) or Map.size(changes) == 0 do
    Err(changeset)
  else
    saved(update(pool, table, id, changes), changeset, "update: no row returned (id not found)", "not found")
  end
end

fn saved(result :: Result<Map<String, String>, String>, changeset :: Ptr, missing :: String, message :: String) -> Result<Map<String, String>, Ptr> do
  case result do
    Ok(row) -> Ok(row)
    Err(e) -> if e == missing do Err(ChangesetParts.with_error(changeset, "_base", message)) else Err(refused(changeset, e)) end
  end
end

# The error of a statement as an error of a field: SQLSTATE, constraint, table, column and message, separated by tabs.
fn refused(changeset :: Ptr, error :: String) -> Ptr do
  let fields = String.split(error, "\t")
  if List.length(fields) < 5 do
    ChangesetParts.with_error(changeset, "_base", "database error")
  else
    let constraint = constraint_field(List.get(fields, 1), List.get(fields, 2))
    let column = List.get(fields, 3)
    case List.get(fields, 0) do
      "23505" -> ChangesetParts.with_error(changeset, constraint, "has already been taken")
      "23503" -> ChangesetParts.with_error(changeset, constraint, "does not exist")
      "23502" -> ChangesetParts.with_error(changeset, if column == "" do "_base" else column end, "can't be blank")
      _ -> ChangesetParts.with_error(changeset, "_base", "database error")
    end
  end
end

# users_email_key of table users: email
fn constraint_field(constraint :: String, table :: String) -> String do
  let prefix = table <> "_"
  if table == "" or not String.starts_with(constraint, prefix) do
    "_base"
  else
    let rest = String.slice(constraint, String.length(prefix), String.length(constraint))
    let name = without_suffix(rest, ["_key", "_fkey", "_pkey", "_check"], 0)
    if name == "" do "_base" else name end
  end
end

fn without_suffix(name :: String, suffixes :: List<String>, i :: Int) -> String do
  if i < List.length(suffixes) do
    let suffix = List.get(suffixes, i)
    if String.ends_with(name, suffix) do
      String.slice(name, 0, String.length(name) - String.length(suffix))
    else
      without_suffix(name, suffixes, i + 1)
    end
  else
    "_base"
  end
end

# ---- preloading

# Loads associations of rows, one query for each: every row gets the JSON text of its associated rows under the
# association's name. `associations`: names, or paths such as "posts.comments"; `meta`: T.__relationship_meta__() of the
# structs involved.
pub fn preload(pool :: PoolHandle, rows :: List<Map<String, String>>, associations :: List<String>, meta :: List<String>) -> Result<List<Map<String, String>>, String> do
  if List.length(rows) == 0 do
    Ok(rows)
  else
    Preloading.load(pool, rows, associations, meta)
  end
end
