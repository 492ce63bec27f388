# The quick sanity suite of the I/O modules, as far as it needs no server.

#@ case Schema: metadata of an association
struct Pet do
  id :: Int
  has_many :visits, Visit
end deriving(Schema)

fn main() do
  println(List.get(Pet.__relationship_meta__(), 0))
end
#> has_many:visits:Visit:pet_id:visits

#@ case Row: a missing column, a value that is no number
struct Item do
  qty :: Int
end deriving(Row)

fn show(row :: Map<String, String>) -> () do
  case Item.from_row(row) do
    Ok(item) -> println("${item.qty}")
    Err(e) -> println(e)
  end
end

fn main() do
  show(%{"other" => "1"})
  show(%{"qty" => "x1"})
  show(%{"qty" => " 12 ", "other" => "1"})
end
#> missing column: qty
#> cannot parse 'x1' as Int
#> 12

#@ case Row: every type of column
struct All do
  s :: String
  i :: Option<Int>
  f :: Float
  b :: Bool
  o :: Option<String>
end deriving(Row)

fn show(row :: Map<String, String>) -> () do
  case All.from_row(row) do
    Ok(a) -> do
      let i = case a.i do
        Some(n) -> "${n}"
        None -> "none"
      end
      let o = case a.o do
        Some(t) -> t
        None -> "none"
      end
      println("${a.s}|${i}|${a.f}|${a.b}|${o}")
    end
    Err(e) -> println(e)
  end
end

fn main() do
  show(%{"s" => "", "i" => "", "f" => " 1e2 ", "b" => "YES"})
  show(%{"s" => "x", "i" => "-3", "f" => "0.5", "b" => "f", "o" => "t"})
  show(%{"s" => "x", "f" => "0.5", "b" => "maybe"})
  show(%{"s" => "x", "i" => "no", "f" => "0.5", "b" => "1"})
end
#> |none|100|true|none
#> x|-3|0.5|false|t
#> cannot parse 'maybe' as Bool
#> cannot parse 'no' as Int

#@ case Json: keys sorted, members, nested literals
fn main() do
  case JSON.parse("{\"b\":1,\"a\":[true,null,1.0]}") do
    Ok(j) -> println(JSON.encode(j))
    Err(e) -> println(e)
  end
  println(Json.get("{\"n\":5}", "n") <> Json.get("{}", "n"))
  println(json { inner: json { code: 200 }, ok: true })
end
#> {"a":[true,null,1.0],"b":1}
#> 5
#> {"inner":{"code":200},"ok":true}

#@ case Json: the sample of sums, missing fields and nested members
struct Line do
  sku :: String
  qty :: Int
  note :: Option<String>
end deriving(Json)

type Move do
  Added(Line)
  Cleared
end deriving(Json)

fn main() do
  println(Json.encode(Added(Line { sku: "k1", qty: 2, note: None })))
  println(Json.encode(Cleared))
  case Line.from_json("{\"sku\":\"k2\",\"note\":null}") do
    Ok(l) -> println(l.sku)
    Err(e) -> println(e)
  end
  println(Json.get_nested("{\"a\":{\"b\":[1,2]}}", "a", "b"))
end
#> {"fields":[{"note":null,"qty":2,"sku":"k1"}],"tag":"Added"}
#> {"fields":[],"tag":"Cleared"}
#> missing field: qty
#> [1,2]

#@ case Sqlite: the sample
fn demo() -> Int!String do
  let db = Sqlite.open(":memory:")?
  let _ = Sqlite.execute(db, "CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT)", [])?
  let n = Sqlite.execute(db, "INSERT INTO tags (label) VALUES (?), (?)", ["red", "blue"])?
  let rows = Sqlite.query(db, "SELECT id, label FROM tags WHERE label <> ? ORDER BY id", ["red"])?
  println("${n} " <> Map.get(List.head(rows), "id") <> " " <> Map.get(List.head(rows), "label"))
  Sqlite.close(db)
  Ok(0)
end

fn main() do
  case demo() do
    Ok(_) -> println("done")
    Err(e) -> println(e)
  end
end
#> 2 2 blue
#> done

#@ case pools that cannot connect
fn main() do
  case Pool.open("postgres://u:p@127.0.0.1:1/d", 1, 2, 500) do
    Ok(_) -> println("?")
    Err(e) -> println(String.slice(e, 0, 29))
  end
  case Pool.open("postgres://u:p@127.0.0.1:1/d", 0, 2, 500) do
    Ok(pool) -> case Pool.query(pool, "SELECT 1", []) do
      Ok(_) -> println("?")
      Err(e) -> println(String.slice(e, 0, 32))
    end
    Err(e) -> println(e)
  end
end
#> pool open: connection failed:
#> pool connect: connection failed:

#@ case values of another kind are refused
fn main() do
  let cs = Changeset.cast(%{}, %{}, [])
  let _ = Query.where(cs, :a, "x")
  println("not reached")
end
#@ exit 134
#! expected a query

#@ case handles that name nothing
fn text(result :: Result<Int, String>) -> String do
  case result do
    Ok(n) -> "${n}"
    Err(e) -> e
  end
end

fn main() do
  case Sqlite.open(":memory:") do
    Ok(db) -> do
      Sqlite.close(db)
      println(text(Sqlite.execute(db, "SELECT 1", [])))
    end
    Err(e) -> println(e)
  end
  Http.cancel(99)
  Http.client_close(99)
  case Http.send(99) do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
end
#> connection is closed
#> invalid request handle

#@ case Json cannot hold a process
struct S do
  w :: Pid                             # E: E0038 field `w` of type `Pid` is not JSON-serializable
end deriving(Json)

#@ case a row cannot hold a list
struct S do
  xs :: List<Int>                      # E: E0039 field `xs` has type `List<Int>` which cannot be mapped from a database row
end deriving(Row)

#@ case a sum type has no schema
type T do
  A
  B
end deriving(Schema)                   # E: E0028

#@ case fields are atoms
fn main() do
  let _ = Query.where(Query.from("t"), "name", "x")  # E: E0001 expected Atom, found String
end

#@ case callbacks of a WebSocket server
fn main() do
  Ws.serve(fn(a, b, c, d) do 1 end, fn(c, t) do nil end, fn(c) do nil end, 1)  # E: E0003
end
