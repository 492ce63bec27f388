# dying URL: connections whose owners die, statements that the server ends, waiting in order. Expected output beside.

actor dies_holding(pool :: PoolHandle) do
  case Pool.checkout(pool) do
    Ok(conn) -> do
      let _ = Pg.begin(conn)
      let _ = Pg.execute(conn, "INSERT INTO t VALUES (2)", [])
      let zero = String.length("")
      println("${1 / zero}")
    end
    Err(e) -> println(e)
  end
end

actor slow_query(pool :: PoolHandle) do
  let _ = Pool.query(pool, "SELECT pg_sleep(30)", [])
  println("never")
end

actor dies_soon(victim :: Pid) do
  link(victim)
  Timer.sleep(200)
  let zero = String.length("")
  println("${1 / zero}")
end

fn cell(result :: Result<List<Map<String, String>>, String>, key :: String) -> String do
  case result do
    Ok(rows) -> if List.length(rows) == 0 do "none" else Map.get(List.head(rows), key) end
    Err(e) -> "err " <> List.head(String.split(e, "\t"))
  end
end

fn start_dying(pool :: PoolHandle, n :: Int) -> () do
  if n == 0 do
    nil
  else
    spawn(dies_holding, pool)
    start_dying(pool, n - 1)
  end
end

fn until_free(pool :: PoolHandle, tries :: Int) -> String do
  let n = cell(Pool.query(pool, "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()", []), "n")
  if n == "0" or tries == 0 do
    n
  else
    Timer.sleep(50)
    until_free(pool, tries - 1)
  end
end

fn main() do
  case Pool.open(List.get(Env.args(), 1), 0, 2, 5000) do
    Err(e) -> println(e)
    Ok(pool) -> do
      let _ = Pool.execute(pool, "CREATE TABLE t (n int)", [])
      let _ = Pool.execute(pool, "INSERT INTO t VALUES (1)", [])
      start_dying(pool, 10)
      Timer.sleep(300)
      # > 1
      println(cell(Pool.query(pool, "SELECT string_agg(n::text, ',') AS n FROM t", []), "n"))
      # > err 57P01
      println(cell(Pool.query(pool, "SELECT pg_terminate_backend(pg_backend_pid())", []), "n"))
      # > 5
      println(cell(Pool.query(pool, "SELECT 5 AS n", []), "n"))
      let victim = spawn(slow_query, pool)
      spawn(dies_soon, victim)
      Timer.sleep(400)
      # > 0
      println(until_free(pool, 60))
      case Pool.checkout(pool) do
        Ok(a) -> case Pool.checkout(pool) do
          Ok(b) -> do
            # > 9
            println(cell(Pg.query(b, "SELECT 9 AS n", []), "n"))
            Pg.close(b)
            # > err connection is closed
            println(cell(Pg.query(b, "SELECT 9 AS n", []), "n"))
            Pool.checkin(pool, b)
            Pool.checkin(pool, a)
          end
          Err(e) -> println(e)
        end
        Err(e) -> println(e)
      end
      # > 6
      println(cell(Pool.query(pool, "SELECT 6 AS n", []), "n"))
    end
  end
end
