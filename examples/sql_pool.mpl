# PostgreSQL through a pool, with a transaction that is taken back. DATABASE_URL selects the database.

struct Account do
  name :: String
  balance :: Int
end deriving(Row)

fn prepare(pool :: PoolHandle) -> Int!String do
  Pool.execute(pool, "DROP TABLE IF EXISTS accounts", [])?
  Pool.execute(pool, "CREATE TABLE accounts (name TEXT PRIMARY KEY, balance INT NOT NULL CHECK (balance >= 0))", [])?
  Pool.execute(pool, "INSERT INTO accounts VALUES ('ann', 100), ('bob', 20)", [])
end

fn accounts(pool :: PoolHandle) -> List<Account>!String do
  let rows = Pool.query(pool, "SELECT name, balance FROM accounts ORDER BY name", [])?
  Ok(for row in rows do
    Account.from_row(row)?
  end)
end

fn change(conn :: PgConn, name :: String, amount :: Int) -> Int!String do
  Pg.execute(conn, "UPDATE accounts SET balance = balance + $2::int WHERE name = $1", [name, String.from(amount)])
end

fn transfer(pool :: PoolHandle, source :: String, target :: String, amount :: Int) -> Int!String do
  let conn = Pool.checkout(pool)?
  let result = Pg.transaction(conn, fn tx ->
    change(tx, target, amount)?
    change(tx, source, -amount)
  end)
  Pool.checkin(pool, conn)
  result
end

fn message(error :: String) -> String do
  List.last(String.split(error, "\t"))
end

fn attempt(pool :: PoolHandle, source :: String, target :: String, amount :: Int) do
  case transfer(pool, source, target, amount) do
    Ok(_) -> println("${source} gives ${target} ${amount}")
    Err(error) -> println("refused: ${message(error)}")
  end
end

fn show(pool :: PoolHandle) do
  case accounts(pool) do
    Ok(list) ->
      for account in list do
        println("  ${account.name} has ${account.balance}")
      end
      nil
    Err(error) -> println(message(error))
  end
end

fn run(pool :: PoolHandle) do
  case prepare(pool) do
    Ok(count) -> println("${count} accounts")
    Err(error) -> println(message(error))
  end
  attempt(pool, "ann", "bob", 30)
  show(pool)
  attempt(pool, "bob", "ann", 500)
  show(pool)
  Pool.close(pool)
end

fn main() do
  case Pool.open(Env.get("DATABASE_URL", "postgres://mesh:mesh@localhost:5432/mesh"), 1, 4, 5000) do
    Ok(pool) -> run(pool)
    Err(reason) -> println("no database: ${reason}")
  end
end
