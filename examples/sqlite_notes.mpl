# SQLite in memory: `?` makes every step of a chain of fallible calls readable.

fn fill(db :: SqliteConn) -> Int!String do
  Sqlite.execute(db, "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)", [])?
  Sqlite.execute(db, "INSERT INTO notes (text) VALUES (?), (?), (?)", ["milk", "bread", "tea"])
end

fn print_notes(db :: SqliteConn) -> Int!String do
  let rows = Sqlite.query(db, "SELECT id, text FROM notes ORDER BY text", [])?
  for row in rows do
    println("${Map.get(row, "id")}. ${Map.get(row, "text")}")
  end
  Ok(List.length(rows))
end

fn run() -> Int!String do
  let db = Sqlite.open(":memory:")?
  println("${fill(db)?} notes written")
  let count = print_notes(db)?
  case Sqlite.execute(db, "INSERT INTO notes (text) VALUES (?)", ["tea"]) do
    Ok(_) -> println("tea twice")
    Err(reason) -> println("refused: ${reason}")
  end
  Sqlite.close(db)
  Ok(count)
end

fn main() do
  case run() do
    Ok(count) -> println("${count} notes")
    Err(reason) -> println("failed: ${reason}")
  end
end
