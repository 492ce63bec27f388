struct Point do
  x :: Int
  y :: Int
end deriving(Json, Eq, Display)

type Event do
  Click(Point)
  Key(code :: Int, ctrl :: Bool)
  Quit
end deriving(Json, Display)

struct Profile<T> do
  name :: String
  score :: Float
  tags :: List<String>
  extra :: Map<String, T>
  nick :: Option<String>
  raw :: Json
end deriving(Json)

struct Account do
  id :: Int
  email :: String
  balance :: Float
  active :: Bool
  note :: Option<String>
  age :: Option<Int>
end deriving(Row, Schema, Display)

struct Post do
  id :: Int
  account_id :: Int
  table "articles"
  belongs_to :account, Account
  has_many :comments, Comment
  timestamps true
end deriving(Schema)

fn show_event(text :: String) -> String do
  case Event.from_json(text) do
    Ok(e) -> "${e}"
    Err(m) -> "error: ${m}"
  end
end

fn row_text(row :: Map<String, String>) -> String do
  case Account.from_row(row) do
    Ok(a) -> "${a}"
    Err(m) -> "error: ${m}"
  end
end

struct Wide do
  a1 :: Int
  b1 :: String
  a2 :: Int
  b2 :: String
  a3 :: Int
  b3 :: String
  a4 :: Float
  b4 :: Bool
end deriving(Display, Eq, Hash)

fn bump(w :: Wide, n :: Int) -> Wide do
  if n == 0 do w else bump(%{w | a1: w.a1 + 1, b3: w.b3 <> "."}, n - 1) end
end

fn main() do
  println(Json.encode(Point { x: 1, y: -2 }))
  println(Json.encode([Click(Point { x: 3, y: 4 }), Key(13, true), Quit]))
  println(show_event("{\"tag\":\"Key\",\"fields\":[7,false]}"))
  println(show_event("{\"tag\":\"Click\",\"fields\":[{\"x\":1,\"y\":2}]}"))
  println(show_event("{\"tag\":\"Quit\"}"))
  println(show_event("{\"tag\":\"Boom\",\"fields\":[]}"))
  println(show_event("{\"tag\":\"Key\",\"fields\":[7]}"))
  println(show_event("[]"))
  let p = Profile { name: "An\"n", score: 9.0, tags: ["a", "b"], extra: %{"z" => 1, "k" => 2}, nick: None, raw: json { ok: true, n: nil } }
  let text = Json.encode(p)
  println(text)
  let back :: Result<Profile<Int>, String> = Profile.from_json(text)
  case back do
    Ok(q) -> println("${q.name} ${q.score} ${q.tags} ${q.extra} ${q.nick} ${q.raw}")
    Err(e) -> println(e)
  end
  let bad :: Result<Profile<Int>, String> = Profile.from_json("{\"name\":\"x\",\"score\":1,\"tags\":[1]}")
  case bad do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
  let key = "v"
  let inner = json { point: Point { x: 0, y: 0 }, list: [1, 2], opt: Some("s"), m: %{key => 1.5} }
  println("${inner}")
  println(json { b: 1, a: inner, b: 2 })
  println("${Point.from_json("{\"x\":1}")} ${Point.from_json("{\"x\":1,\"y\":2.9}")} ${Point.from_json("nope")}")
  println(row_text(%{"id" => " 7 ", "email" => "a@b", "balance" => "1.5", "active" => "YES", "note" => "", "age" => "40"}))
  println(row_text(%{"id" => "7", "email" => "a@b", "balance" => "1.5", "active" => "f"}))
  println(row_text(%{"id" => "x1", "email" => "a@b"}))
  println(row_text(%{"email" => "a@b"}))
  println("${Account.__table__()} ${Account.__fields__()} ${Account.__field_types__()} ${Account.__primary_key__()}")
  println("${Post.__table__()} ${Post.__fields__()} ${Post.__relationships__()} ${Post.__relationship_meta__()}")
  println("${Post.__account_id_col__()}")
  let w = Wide { a1: 1, b1: "b", a2: 2, b2: "c", a3: 3, b3: "d", a4: 4.5, b4: true }
  let v = bump(w, 3)
  println("${v} ${w} ${v == w} ${w.hash() == bump(w, 0).hash()}")
  let rows = List.map([%{"id" => "1", "email" => "q", "balance" => "2", "active" => "t"}], Account.from_row)
  println("${rows}")
end
