# SQLite. Expected output beside.

fn count_of(result :: Result<Int, String>) -> String do
  case result do
    Ok(n) -> "${n}"
    Err(e) -> "err " <> e
  end
end

fn unit_of(result :: Result<(), String>) -> String do
  case result do
    Ok(_) -> "ok"
    Err(e) -> "err " <> e
  end
end

fn rows_of(result :: Result<List<Map<String, String>>, String>) -> String do
  case result do
    Ok(rows) -> String.join(List.map(rows, fn(row) do
      String.join(List.map(Map.to_list(row), fn(pair) do
        let (k, v) = pair
        k <> "=" <> v
      end), " ")
    end), "; ")
    Err(e) -> "err " <> e
  end
end

fn statements(db :: SqliteConn) -> () do
  # > err no such table: t
  println(rows_of(Sqlite.query(db, "SELECT * FROM t", [])))
  # > 0 2 1
  println(count_of(Sqlite.execute(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, x REAL)", [])) <> " " <> count_of(Sqlite.execute(db, "INSERT INTO t (name, x) VALUES (?, ?), (?2, 200)", ["a", "95.5"])) <> " " <> count_of(Sqlite.execute(db, "UPDATE t SET name = $1 WHERE id = 1", ["ü"])))
  # > id=1 name=ü x=95.5; id=2 name=95.5 x=200.0
  println(rows_of(Sqlite.query(db, "SELECT * FROM t ORDER BY id", [])))
  # > a= n=1 e=abc
  println(rows_of(Sqlite.query(db, "SELECT NULL AS a, 1 AS n, x'616263' AS e", [])))
  # > err UNIQUE constraint failed: t.name
  println(count_of(Sqlite.execute(db, "INSERT INTO t (name) VALUES (?)", ["ü"])))
  # > err near "SELEC": syntax error
  println(count_of(Sqlite.execute(db, "SELEC 1", [])))
  # > err multiple statements are not supported
  println(count_of(Sqlite.execute(db, "SELECT 1; SELECT 2", [])))
  # > 0 0 0
  println(count_of(Sqlite.execute(db, "SELECT 1; -- end\n", [])) <> " " <> count_of(Sqlite.execute(db, "", [])) <> " " <> count_of(Sqlite.execute(db, " -- nothing", [])))
  # > id=3
  println(rows_of(Sqlite.query(db, "INSERT INTO t (name) VALUES ('r') RETURNING id", [])))
  # > err column index out of range
  println(count_of(Sqlite.execute(db, "SELECT ?", ["1", "2"])))
  # > 
  println(rows_of(Sqlite.query(db, "SELECT 1 WHERE 1 = ?", ["1"])))
  # > n=3
  println(rows_of(Sqlite.query(db, "SELECT count(*) AS n FROM t WHERE id > ?", ["0"])))
end

fn transactions(db :: SqliteConn) -> () do
  # > ok err cannot start a transaction within a transaction
  let first = unit_of(Sqlite.begin(db))
  println(first <> " " <> unit_of(Sqlite.begin(db)))
  # > 3 ok
  println(count_of(Sqlite.execute(db, "DELETE FROM t", [])) <> " " <> unit_of(Sqlite.rollback(db)))
  # > n=3
  println(rows_of(Sqlite.query(db, "SELECT count(*) AS n FROM t", [])))
  # > err cannot commit - no transaction is active
  println(unit_of(Sqlite.commit(db)))
  # > foreign_keys=1
  println(rows_of(Sqlite.query(db, "PRAGMA foreign_keys", [])))
end

actor worker(db :: SqliteConn, n :: Int) do
  if n > 0 do
    let _ = Sqlite.execute(db, "INSERT INTO w VALUES (?)", ["${n}"])
    worker(db, n - 1)
  else
    nil
  end
end

fn until_written(db :: SqliteConn, tries :: Int) -> String do
  let n = rows_of(Sqlite.query(db, "SELECT count(*) AS n FROM w", []))
  if n == "n=100" or tries == 0 do
    n
  else
    Timer.sleep(20)
    until_written(db, tries - 1)
  end
end

fn main() do
  case Sqlite.open(":memory:") do
    Err(e) -> println(e)
    Ok(db) -> do
      statements(db)
      transactions(db)
      let _ = Sqlite.execute(db, "CREATE TABLE w (n INT)", [])
      spawn(worker, db, 50)
      spawn(worker, db, 50)
      # > n=100
      println(until_written(db, 200))
      Sqlite.close(db)
      Sqlite.close(db)
      # > err connection is closed
      println(count_of(Sqlite.execute(db, "SELECT 1", [])))
    end
  end
  # > unable to open database file
  case Sqlite.open("/nonexistent/x.db") do
    Err(e) -> println(e)
    Ok(_) -> println("?")
  end
  # > unable to open database file
  case Sqlite.open("file:no/folder?mode=memory") do
    Err(e) -> println(e)
    Ok(_) -> println("?")
  end
end
