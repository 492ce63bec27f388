# database URL: PostgreSQL through Pg, Pool, Repo. Expected output beside.

struct Account do
  table "accounts"
  id :: Int
  email :: String
  score :: Option<Float>
  active :: Bool
  has_many :posts, Post
end deriving(Row, Schema)

struct Post do
  table "posts"
  id :: Int
  account_id :: Int
  title :: String
  belongs_to :account, Account
  has_many :comments, Comment
end deriving(Row, Schema)

struct Comment do
  table "comments"
  id :: Int
  post_id :: Int
  text :: String
end deriving(Row, Schema)

fn text_of(result :: Result<Map<String, String>, String>, key :: String) -> String do
  case result do
    Ok(row) -> Map.get(row, key)
    Err(e) -> "err " <> e
  end
end

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

fn cell(result :: Result<List<Map<String, String>>, String>, key :: String) -> String do
  case result do
    Ok(rows) -> if List.length(rows) == 0 do "none" else Map.get(List.head(rows), key) end
    Err(e) -> "err " <> e
  end
end

fn schema(pool :: PoolHandle) -> Int!String do
  Migration.create_table(pool, "accounts", ["id:BIGSERIAL:PRIMARY KEY", "email:TEXT:NOT NULL UNIQUE", "score:DOUBLE PRECISION", "active:BOOLEAN:NOT NULL DEFAULT true"])?
  Migration.create_table(pool, "posts", ["id:BIGSERIAL:PRIMARY KEY", "account_id:BIGINT:REFERENCES accounts(id)", "title:TEXT:NOT NULL"])?
  Migration.create_table(pool, "comments", ["id:BIGSERIAL:PRIMARY KEY", "post_id:BIGINT:REFERENCES posts(id)", "text:TEXT"])?
  Ok(0)
end

fn rows(pool :: PoolHandle) -> () do
  # > a@x.io
  println(text_of(Repo.insert(pool, "accounts", %{"email" => "a@x.io", "score" => "1.5"}), "email"))
  # > 2 
  println(text_of(Repo.insert(pool, "accounts", %{"email" => "b@x.io", "active" => "false"}), "id") <> " " <> text_of(Repo.get(pool, "accounts", "2"), "score"))
  # > err 23505|accounts_email_key|accounts||duplicate key value violates unique constraint "accounts_email_key"
  println(String.replace(text_of(Repo.insert(pool, "accounts", %{"email" => "a@x.io"}), "id"), "\t", "|"))
  # > err not found
  println(text_of(Repo.get(pool, "accounts", "99"), "id"))
  # > 2 err count returned no rows
  println(count_of(Repo.count(pool, Query.from("accounts"))) <> " " <> count_of(Repo.count(pool, Query.from("accounts") |> Query.where(:id, "99") |> Query.group_by(:id))))
  # > true false
  case Repo.exists(pool, Query.from("accounts") |> Query.where(:email, "a@x.io")) do
    Ok(a) -> case Repo.exists(pool, Query.from("accounts") |> Query.where(:email, "?")) do
      Ok(b) -> println("${a} ${b}")
      Err(e) -> println(e)
    end
    Err(e) -> println(e)
  end
  # > 1 a@x.io 1.5 true
  # > 2 b@x.io none false
  case Pool.query_as(pool, "SELECT * FROM accounts ORDER BY id", [], Account.from_row) do
    Ok(list) -> List.map(list, fn(item) do
      case item do
        Ok(a) -> do
          let score = case a.score do
            Some(x) -> "${x}"
            None -> "none"
          end
          println("${a.id} ${a.email} ${score} ${a.active}")
        end
        Err(e) -> println(e)
      end
    end)
    Err(e) -> [println(e)]
  end
  # > missing column: email
  case Pool.query_as(pool, "SELECT 1 AS id", [], Account.from_row) do
    Ok(list) -> case List.head(list) do
      Ok(_) -> println("?")
      Err(e) -> println(e)
    end
    Err(e) -> println(e)
  end
end

fn statements(pool :: PoolHandle) -> () do
  # > 7
  println(cell(Pool.query(pool, "SELECT $1::int AS n", ["7"]), "n"))
  # > t  2
  case Pool.query(pool, "SELECT true AS b, NULL AS z, 1 AS n, 2 AS n", []) do
    Ok(found) -> do
      let r = List.head(found)
      println(Map.get(r, "b") <> " " <> Map.get(r, "z") <> " " <> Map.get(r, "n"))
    end
    Err(e) -> println(e)
  end
  # > none 0 3
  println(cell(Pool.query(pool, "UPDATE accounts SET active = active", []), "x") <> " " <> count_of(Pool.execute(pool, "", [])) <> " " <> count_of(Pool.execute(pool, "SELECT generate_series(1, 3)", [])))
  # > err 42601
  println(List.get(String.split(cell(Pool.query(pool, "SELECT 1; SELECT 2", []), "x"), "\t"), 0))
  # > err 08P01
  println(List.head(String.split(count_of(Pool.execute(pool, "SELECT $1::int, $2::int", ["1"])), "\t")))
  # > 30000
  println("${String.length(cell(Pool.query(pool, "SELECT repeat('ä', 30000) AS t", []), "t"))}")
end

fn with_conn(pool :: PoolHandle, conn :: PgConn) -> () do
  # > err no
  println(count_of(Pg.transaction(conn, fn(c) do
    let _ = Pg.execute(c, "INSERT INTO accounts (email) VALUES ('tx')", [])
    Err("no")
  end)))
  # > err transaction aborted: panic in callback
  println(count_of(Pg.transaction(conn, fn(c) do
    let _ = Pg.execute(c, "INSERT INTO accounts (email) VALUES ('tx')", [])
    let zero = String.length("")
    Ok(1 / zero)
  end)))
  # > 1 inner err undone
  println(count_of(Pg.transaction(conn, fn(c) do
    let inner = Pg.transaction(c, fn(c2) do
      let _ = Pg.execute(c2, "INSERT INTO accounts (email) VALUES ('inner')", [])
      Err("undone")
    end)
    let done = Pg.execute(c, "INSERT INTO accounts (email) VALUES ('outer')", [])?
    let _ = println("${done} inner " <> count_of(inner))
    Ok(done)
  end)))
  # > 1
  # > err COMMIT: transaction was aborted
  println(count_of(Pg.transaction(conn, fn(c) do
    let _ = Pg.execute(c, "SELECT 1/0", [])
    Ok(0)
  end)))
  # > ok err transaction was aborted
  let begun = unit_of(Pg.begin(conn))
  let _ = Pg.execute(conn, "SELECT 1/0", [])
  println(begun <> " " <> unit_of(Pg.commit(conn)))
  # > ok 1 ok
  let opened = unit_of(Pg.begin(conn))
  let inserted = count_of(Pg.execute(conn, "INSERT INTO accounts (email) VALUES ('rolled back')", []))
  println(opened <> " " <> inserted <> " " <> unit_of(Pg.rollback(conn)))
  # > 4 2
  case Pg.query_as(conn, "SELECT 4 AS id, 2 AS post_id, 'x' AS text", [], Comment.from_row) do
    Ok(found) -> case List.head(found) do
      Ok(c) -> println("${c.id} ${c.post_id}")
      Err(e) -> println(e)
    end
    Err(e) -> println(e)
  end
  # > outer,a@x.io,b@x.io
  case Pg.query(conn, "SELECT email FROM accounts ORDER BY email = 'outer' DESC, id", []) do
    Ok(found) -> println(String.join(List.map(found, fn(r) do Map.get(r, "email") end), ","))
    Err(e) -> println(e)
  end
  Pool.checkin(pool, conn)
  Pool.checkin(pool, conn)
end

fn repo_transactions(pool :: PoolHandle) -> () do
  # > err undo 3
  println(count_of(Repo.transaction(pool, fn(_conn) do
    let _ = Repo.insert(pool, "accounts", %{"email" => "repo"})
    Err("undo")
  end)) <> " " <> count_of(Repo.count(pool, Query.from("accounts"))))
  # > 4
  println(count_of(Repo.transaction(pool, fn(_conn) do
    let _ = Repo.insert(pool, "accounts", %{"email" => "repo"})
    Repo.count(pool, Query.from("accounts"))
  end)))
end

fn changesets(pool :: PoolHandle) -> () do
  let duplicate = Changeset.cast(%{}, %{"email" => "a@x.io"}, [:email])
  # > false has already been taken
  case Repo.insert_changeset(pool, "accounts", duplicate) do
    Ok(_) -> println("?")
    Err(cs) -> println("${Changeset.valid(cs)} " <> Changeset.get_error(cs, :email))
  end
  # > does not exist
  case Repo.insert_changeset(pool, "posts", Changeset.cast(%{}, %{"account_id" => "77", "title" => "t"}, [:account_id, :title])) do
    Ok(_) -> println("?")
    Err(cs) -> println(Changeset.get_error(cs, :account_id))
  end
  # > can't be blank
  case Repo.insert_changeset(pool, "posts", Changeset.cast(%{}, %{"account_id" => "1"}, [:account_id])) do
    Ok(_) -> println("?")
    Err(cs) -> println(Changeset.get_error(cs, :title))
  end
  # > not found
  case Repo.update_changeset(pool, "accounts", "99", Changeset.cast(%{}, %{"email" => "z"}, [:email])) do
    Ok(_) -> println("?")
    Err(cs) -> println(Changeset.get_error(cs, :_base))
  end
  # > c@x.io
  case Repo.update_changeset(pool, "accounts", "2", Changeset.cast(%{}, %{"email" => "c@x.io"}, [:email])) do
    Ok(row) -> println(Map.get(row, "email"))
    Err(_) -> println("?")
  end
end

fn preloads(pool :: PoolHandle) -> Int!String do
  Repo.insert(pool, "posts", %{"account_id" => "1", "title" => "one"})?
  Repo.insert(pool, "posts", %{"account_id" => "1", "title" => "two \"q\""})?
  Repo.insert(pool, "comments", %{"post_id" => "4", "text" => "c1"})?
  Repo.insert(pool, "comments", %{"post_id" => "4", "text" => "c2"})?
  let meta = Account.__relationship_meta__() ++ Post.__relationship_meta__()
  let accounts = Repo.all(pool, Query.from("accounts") |> Query.select(["id"]) |> Query.where_in(:id, ["1", "2"]) |> Query.order_by(:id, :asc))?
  let loaded = Repo.preload(pool, accounts, ["posts.comments", "posts"], meta)?
  List.map(loaded, fn(r) do println(Map.get(r, "posts")) end)
  let posts = Repo.all(pool, Query.from("posts") |> Query.select(["id", "account_id"]) |> Query.order_by(:id, :asc) |> Query.limit(1))?
  let owners = Repo.preload(pool, posts, ["account"], meta)?
  println(Json.get(Map.get(List.head(owners), "account"), "email"))
  case Repo.preload(pool, posts, ["nothing"], meta) do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
  case Repo.preload(pool, posts, ["account.posts"], meta) do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
  Ok(0)
end

fn partitions(pool :: PoolHandle) -> Int!String do
  Pg.create_range_partitioned_table(pool, "ev", ["id:BIGINT", "at:TIMESTAMPTZ:NOT NULL"], "at")?
  Pg.create_daily_partitions_ahead(pool, "ev", 3)?
  Pool.execute(pool, "CREATE TABLE ev_20200102 PARTITION OF ev FOR VALUES FROM ('2020-01-02') TO ('2020-01-03')", [])?
  Pool.execute(pool, "CREATE TABLE ev_20200101 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')", [])?
  Pool.execute(pool, "INSERT INTO ev VALUES (1, now())", [])?
  let old = Pg.list_daily_partitions_before(pool, "ev", 30)?
  println(String.join(old, ","))
  List.map(old, fn(name) do Pg.drop_partition(pool, name) end)
  let left = Pg.list_daily_partitions_before(pool, "ev", 30)?
  println("${List.length(left)}")
  Ok(0)
end

fn all(pool :: PoolHandle) -> Int!String do
  schema(pool)?
  rows(pool)
  statements(pool)
  let conn = Pool.checkout(pool)?
  with_conn(pool, conn)
  repo_transactions(pool)
  changesets(pool)
  # > [{"account_id":"1","comments":[],"id":"3","title":"one"},{"account_id":"1","comments":[{"id":"1","post_id":"4","text":"c1"},{"id":"2","post_id":"4","text":"c2"}],"id":"4","title":"two \"q\""}]
  # > []
  # > a@x.io
  # > Repo.preload: unknown association 'nothing' -- check that the relationship metadata includes this association
  # > Repo.preload: unknown parent association 'account' in nested path
  preloads(pool)?
  # > ev_20200101,ev_20200102
  # > 0
  partitions(pool)?
  Ok(0)
end

fn main() do
  case Pool.open(List.get(Env.args(), 1), 1, 3, 1000) do
    Err(e) -> println(e)
    Ok(pool) -> do
      # > done 0
      println("done " <> count_of(all(pool)))
      Pool.close(pool)
      # > err pool is closed
      println(count_of(Pool.execute(pool, "SELECT 1", [])))
    end
  end
end
