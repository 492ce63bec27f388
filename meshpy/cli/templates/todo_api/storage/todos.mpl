# The todos in SQLite. Every parameter is bound, never written into the statement.

from Types.Todo import Todo, TodoChange

pub fn open_storage(path :: String) -> SqliteConn!String do
  let db = Sqlite.open(path)?
  Sqlite.execute(
    db,
    "CREATE TABLE IF NOT EXISTS todos (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      title TEXT NOT NULL,
      completed INTEGER NOT NULL DEFAULT 0
    )",
    []
  )?
  Ok(db)
end

pub fn all_todos(db :: SqliteConn) -> List<Todo>!String do
  let rows = Sqlite.query(db, "SELECT id, title, completed FROM todos ORDER BY id", [])?
  Ok(List.map(rows, from_row))
end

pub fn find_todo(db :: SqliteConn, id :: Int) -> Option<Todo>!String do
  let rows = Sqlite.query(db, "SELECT id, title, completed FROM todos WHERE id = ?", ["${id}"])?
  Ok(first(rows))
end

pub fn create_todo(db :: SqliteConn, title :: String) -> Todo!String do
  let rows = Sqlite.query(db, "INSERT INTO todos (title) VALUES (?) RETURNING id, title, completed", [title])?
  case first(rows) do
    Some(todo) -> Ok(todo)
    None -> Err("the todo was not stored")
  end
end

pub fn change_todo(db :: SqliteConn, id :: Int, change :: TodoChange) -> Option<Todo>!String do
  case find_todo(db, id)? do
    None -> Ok(None)
    Some(todo) -> do
      let title = case change.title do
        Some(text) -> text
        None -> todo.title
      end
      let completed = case change.completed do
        Some(flag) -> flag
        None -> todo.completed
      end
      let rows = Sqlite.query(
        db,
        "UPDATE todos SET title = ?, completed = ? WHERE id = ? RETURNING id, title, completed",
        [title, flag_text(completed), "${id}"]
      )?
      Ok(first(rows))
    end
  end
end

# Whether there was one.
pub fn delete_todo(db :: SqliteConn, id :: Int) -> Bool!String do
  let count = Sqlite.execute(db, "DELETE FROM todos WHERE id = ?", ["${id}"])?
  Ok(count > 0)
end

fn first(rows :: List<Map<String, String>>) -> Option<Todo> do
  case rows do
    row :: _ -> Some(from_row(row))
    [] -> None
  end
end

fn from_row(row :: Map<String, String>) -> Todo do
  let id = case String.to_int(Map.get(row, "id")) do
    Some(n) -> n
    None -> 0
  end
  Todo { id: id, title: Map.get(row, "title"), completed: Map.get(row, "completed") == "1" }
end

fn flag_text(flag :: Bool) -> String do
  if flag do "1" else "0" end
end
