#@ module Preloading
#@ internal
# Repo.preload: associations of rows, one query for each path. Nested rows travel as JSON text between the levels.

# Where the rows of an association are, and by which keys they belong to their parents.
struct Association do
  kind :: String
  name :: String
  table :: String
  parent_key :: String
  child_key :: String
end deriving()

pub fn load(pool :: PoolHandle, rows :: List<Map<String, String>>, paths :: List<String>, meta :: List<String>) -> Result<List<Map<String, String>>, String> do
  load_all(pool, rows, by_depth(paths), meta, 0)
end

fn by_depth(paths :: List<String>) -> List<String> do
  List.sort(paths, fn(a, b) do depth(a) - depth(b) end)
end

fn depth(path :: String) -> Int do
  List.length(String.split(path, "."))
end

fn load_all(pool :: PoolHandle, rows :: List<Map<String, String>>, paths :: List<String>, meta :: List<String>, i :: Int) -> Result<List<Map<String, String>>, String> do
  if i < List.length(paths) do
    let path = List.get(paths, i)
    let names = String.split(path, ".")
    if List.any(names, fn(name) do name == "" end) do
      Err("Repo.preload: invalid nested association path '" <> path <> "'")
    else
      case load_path(pool, rows, names, 0, meta) do
        Ok(loaded) -> load_all(pool, loaded, paths, meta, i + 1)
        Err(e) -> Err(e)
      end
    end
  else
    Ok(rows)
  end
end

# `level`: how many names of the path lead to these rows. Values of nested rows are marked as JSON.
fn load_path(pool :: PoolHandle, rows :: List<Map<String, String>>, names :: List<String>, level :: Int, meta :: List<String>) -> Result<List<Map<String, String>>, String> do
  let name = List.get(names, level)
  case association(name, meta) do
    Err(e) -> Err(e)
    Ok(found) -> if level + 1 == List.length(names) do
      attach(pool, rows, found, level)
    else if List.any(rows, fn(row) do not Map.has_key(row, name) end) do
      Err("Repo.preload: unknown parent association '" <> name <> "' in nested path")
    else
      load_nested(pool, rows, names, level, meta, found)
    end
  end
end

fn load_nested(pool :: PoolHandle, rows :: List<Map<String, String>>, names :: List<String>, level :: Int, meta :: List<String>, found :: Association) -> Result<List<Map<String, String>>, String> do
  let children = List.map(rows, fn(row) do IoRuntime.rows_from_json(unmarked(Map.get(row, found.name))) end)
  case load_path(pool, List.flatten(children), names, level + 1, meta) do
    Ok(loaded) -> Ok(put_children([], rows, children, loaded, found, level, 0, 0))
    Err(e) -> Err(e)
  end
end

fn put_children(done :: List<Map<String, String>>, rows :: List<Map<String, String>>, children :: List<List<Map<String, String>>>, loaded :: List<Map<String, String>>, found :: Association, level :: Int, i :: Int, from :: Int) -> List<Map<String, String>> do
  if i < List.length(rows) do
    let count = List.length(List.get(children, i))
    let own = List.take(List.drop(loaded, from), count)
    let text = IoRuntime.rows_to_json(own, found.kind == "has_many")
    let row = Map.put(List.get(rows, i), found.name, marked(text, level))
    put_children(List.append(done, row), rows, children, loaded, found, level, i + 1, from + count)
  else
    done
  end
end

fn marked(text :: String, level :: Int) -> String do
  if level == 0 do text else IoRuntime.json_mark() <> text end
end

fn unmarked(text :: String) -> String do
  if String.starts_with(text, IoRuntime.json_mark()) do String.slice(text, 1, String.length(text)) else text end
end

fn attach(pool :: PoolHandle, rows :: List<Map<String, String>>, found :: Association, level :: Int) -> Result<List<Map<String, String>>, String> do
  let many = found.kind == "has_many"
  case grouped(pool, distinct(rows, found.parent_key), found, many) do
    Err(e) -> Err(e)
    Ok(groups) -> Ok(List.map(rows, fn(row) do
      let key = if Map.has_key(row, found.parent_key) do Map.get(row, found.parent_key) else "" end
      let text = if key != "" and Map.has_key(groups, key) do Map.get(groups, key) else if many do "[]" else "null" end
      Map.put(row, found.name, marked(text, level))
    end))
  end
end

fn grouped(pool :: PoolHandle, ids :: List<String>, found :: Association, many :: Bool) -> Result<Map<String, String>, String> do
  if List.length(ids) == 0 do
    Ok(Map.new())
  else
    let sql = "SELECT * FROM " <> Sql.quote_path(found.table) <> " WHERE " <> Sql.quote(found.child_key) <> " IN (" <> Sql.placeholders(1, List.length(ids)) <> ")"
    case Pool.query(pool, sql, ids) do
      Ok(children) -> Ok(IoRuntime.rows_group_json(children, found.child_key, many))
      Err(e) -> Err(e)
    end
  end
end

# The values of a column, each once, without "".
fn distinct(rows :: List<Map<String, String>>, column :: String) -> List<String> do
  Map.keys(distinct_from(Map.new(), rows, column, 0))
end

fn distinct_from(done :: Map<String, Bool>, rows :: List<Map<String, String>>, column :: String, i :: Int) -> Map<String, Bool> do
  if i < List.length(rows) do
    let row = List.get(rows, i)
    let value = if Map.has_key(row, column) do Map.get(row, column) else "" end
    if value == "" do
      distinct_from(done, rows, column, i + 1)
    else
      distinct_from(Map.put(done, value, true), rows, column, i + 1)
    end
  else
    done
  end
end

# Looks an association up in the metadata kind:name:Target:key:table; the last entry of a name counts.
fn association(name :: String, meta :: List<String>) -> Result<Association, String> do
  find_association(name, meta, List.length(meta) - 1)
end

fn find_association(name :: String, meta :: List<String>, i :: Int) -> Result<Association, String> do
  if i < 0 do
    Err("Repo.preload: unknown association '" <> name <> "' -- check that the relationship metadata includes this association")
  else
    let fields = String.split(List.get(meta, i), ":")
    if List.length(fields) == 5 and List.get(fields, 1) == name do
      let kind = List.get(fields, 0)
      let key = List.get(fields, 3)
      let table = List.get(fields, 4)
      case kind do
        "belongs_to" -> Ok(Association { kind: kind, name: name, table: table, parent_key: key, child_key: "id" })
        "has_many" -> Ok(Association { kind: kind, name: name, table: table, parent_key: "id", child_key: key })
        "has_one" -> Ok(Association { kind: kind, name: name, table: table, parent_key: "id", child_key: key })
        _ -> Err("Repo.preload: unknown relationship kind '" <> kind <> "'")
      end
    else
      find_association(name, meta, i - 1)
    end
  end
end
