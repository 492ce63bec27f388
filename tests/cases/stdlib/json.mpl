# JSON.

#@ case values by type
fn main() do
  println(Json.encode(1) <> Json.encode(1.0) <> Json.encode(true) <> Json.encode("a\"b") <> Json.encode([1, 2]) <> Json.encode(%{"b" => [1.5], "a" => []}))
  println(Json.encode(Some(1)) <> Json.encode([Some("x"), None]) <> JSON.encode(%{"z" => %{"y" => true}}))
  println(JSON.encode_map(%{"k" => "v\n", "a" => "b"}) <> JSON.encode_list(["x", "y"]) <> JSON.encode_list([1, 2]) <> JSON.encode_map(%{"n" => 1}))
  println(JSON.encode_string("a\"b\\") <> JSON.encode_int(-3) <> JSON.encode_bool(false))
  println(Json.encode(1.0e16) <> " " <> Json.encode(0.00001) <> " " <> Json.encode(1.0e-6) <> " " <> Json.encode(0.0 / 0.0) <> " " <> Json.encode(-0.0))
end
#> 11.0true"a\"b"[1,2]{"a":[],"b":[1.5]}
#> 1["x",null]{"z":{"y":true}}
#> {"a":"b","k":"v\n"}["x","y"][1,2]{"n":1}
#> "a\"b\\"-3false
#> 1e+16 0.00001 1e-6 null -0.0

#@ case parsing
fn show(text :: String) do
  case Json.parse(text) do
    Ok(j) -> println(Json.encode(j))
    Err(e) -> println(e)
  end
end

fn main() do
  show("{\"z\": 1.0, \"a\": [true, null, 2], \"z\": \"é\"}")
  show(" [1e2, -0, 9223372036854775808, \"\\u00e9\\ud83d\\ude00\\/\"] ")
  show("[1, 2")
  show("not json")
  show("{invalid}")
  show("1 2")
  show("")
  show("1e999")
  show("[1,]")
end
#> {"a":[true,null,2],"z":"é"}
#> [100.0,-0.0,9.223372036854776e+18,"é😀/"]
#> EOF while parsing a list at line 1 column 5
#> expected ident at line 1 column 2
#> key must be a string at line 1 column 2
#> trailing characters at line 1 column 3
#> EOF while parsing a value at line 1 column 0
#> number out of range at line 1 column 5
#> trailing comma at line 1 column 4

#@ case members as text
fn main() do
  let t = "{\"s\":\"a\\nb\",\"n\":1e5,\"b\":false,\"z\":null,\"o\":{\"y\":1,\"x\":[ ]}}"
  println(Json.get(t, "s") <> "|" <> Json.get(t, "n") <> "|" <> Json.get(t, "b") <> "|" <> Json.get(t, "z") <> "|" <> Json.get(t, "o") <> "|" <> Json.get(t, "q"))
  println(Json.get_nested(t, "o", "x") <> "|" <> Json.get_nested(t, "s", "x") <> "|" <> Json.get("[", "x"))
end
#> a
#> b|100000.0|false||{"x":[],"y":1}|
#> []||

#@ case literals and coercion
struct User do
  name :: String
  age :: Int
end deriving(Json)

fn text(s :: String) -> String do
  "<" <> s <> ">"
end

fn main() do
  let u = User { name: "Ann", age: 3 }
  let inner = json { ok: true, none: nil }
  let j = json { user: u, list: [1, 2], inner: inner, f: 1.5, type: "t", s: "q\"" }
  println(j)
  println(text(j))
  println("${inner} " <> inner)
  let s :: String = json { }
  println(s)
  println(Json.encode(Json.from_int(1)) <> Json.encode(Json.from_float(2.0)) <> Json.encode(Json.from_bool(true)) <> Json.encode(Json.from_string("x")))
  println(JSON.get_nested("{\"a\":{\"b\":3}}", "a", "b") <> "${JSON.from_int(1)}${JSON.from_float(2.5)}${JSON.from_bool(false)}${JSON.from_string("y")}")
  println("${json { a: 1 } == json { a: 1 }} ${u.to_json() == json { name: "Ann", age: 3 }}")
end
#> {"f":1.5,"inner":{"none":null,"ok":true},"list":[1,2],"s":"q\"","type":"t","user":{"age":3,"name":"Ann"}}
#> <{"f":1.5,"inner":{"none":null,"ok":true},"list":[1,2],"s":"q\"","type":"t","user":{"age":3,"name":"Ann"}}>
#> {"none":null,"ok":true} {"none":null,"ok":true}
#> {}
#> 12.0true"x"
#> 312.5false"y"
#> true true

#@ case derived round trip
type Shape do
  Circle(Float)
  Rect(Float, Float)
  Empty
end deriving(Json, Display)

struct Inner do
  tags :: List<String>
  extra :: Option<Int>
end deriving(Json)

struct Outer do
  id :: Int
  shape :: Shape
  inner :: Inner
  all :: List<Inner>
  map :: Map<String, List<Option<Int>>>
  raw :: Json
end deriving(Json)

fn main() do
  let text = "{\"id\": 7.9, \"shape\": {\"tag\":\"Rect\",\"fields\":[1, 2.5, 3]}, \"inner\": {\"tags\": [\"a\"]}, \"all\": [{\"tags\":[],\"extra\":null},{\"tags\":[],\"extra\":5}], \"map\": {\"k\": [1,null]}, \"raw\": {\"b\":1,\"a\":[]}, \"unknown\": []}"
  case Outer.from_json(text) do
    Ok(o) -> do
      println(Json.encode(o))
      println("${o.id} ${o.shape} ${o.inner.extra}")
    end
    Err(e) -> println("error: " <> e)
  end
end
#> {"all":[{"extra":null,"tags":[]},{"extra":5,"tags":[]}],"id":7,"inner":{"extra":null,"tags":["a"]},"map":{"k":[1,null]},"raw":{"a":[],"b":1},"shape":{"fields":[1.0,2.5],"tag":"Rect"}}
#> 7 Rect(1, 2.5) None

#@ case decoding errors
type Kind do
  A
  B(Int, String)
end deriving(Json)

struct S do
  n :: Int
  t :: String
  f :: Float
  b :: Bool
  l :: List<Int>
  m :: Map<String, Int>
  k :: Kind
end deriving(Json)

fn try(text :: String) do
  case S.from_json(text) do
    Ok(_) -> println("ok")
    Err(e) -> println(e)
  end
end

fn main() do
  try("[]")
  try("{}")
  try("{\"n\":\"x\"}")
  try("{\"n\":1,\"t\":2}")
  try("{\"n\":1,\"t\":\"\",\"f\":\"\"}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":0}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":{}}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[1,\"\"]}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":[]}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":{},\"k\":1}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":{},\"k\":{}}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":{},\"k\":{\"tag\":\"C\"}}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":{},\"k\":{\"tag\":\"B\"}}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":{},\"k\":{\"tag\":\"B\",\"fields\":[1]}}")
  try("{\"n\":1,\"t\":\"\",\"f\":1,\"b\":true,\"l\":[],\"m\":{},\"k\":{\"tag\":\"A\",\"fields\":7}}")
  try("{\"n\":1,")
end
#> expected Object
#> missing field: n
#> expected Int
#> expected String
#> expected Float
#> expected Bool
#> expected Array
#> expected Int
#> expected Object
#> expected Object
#> missing field: tag
#> unknown variant for Kind
#> missing field: fields
#> array index 1 out of bounds (length 1)
#> ok
#> EOF while parsing a value at line 1 column 7

#@ case recursive and generic types
struct Tree do
  value :: Int
  children :: List<Tree>
end deriving(Json)

struct Box<T> do
  item :: T
end deriving(Json)

fn main() do
  let t = Tree { value: 1, children: [Tree { value: 2, children: [] }] }
  println(Json.encode(t))
  case Tree.from_json(Json.encode(t)) do
    Ok(r) -> println("${List.length(r.children)}")
    Err(e) -> println(e)
  end
  println(Json.encode(Box { item: "x" }) <> Json.encode(Box { item: [1] }))
  let b :: Result<Box<Int>, String> = Box.from_json("{\"item\":4}")
  case b do
    Ok(x) -> println("${x.item + 1}")
    Err(e) -> println(e)
  end
end
#> {"children":[{"children":[],"value":2}],"value":1}
#> 1
#> {"item":"x"}{"item":[1]}
#> 5

#@ case branches of Json and of String are a String, whichever comes first
fn first(b :: Bool) do # T: first : (Bool) -> String
  if b do json { a: 1 } else "text" end
end

fn second(b :: Bool) do # T: second : (Bool) -> String
  let x = if b do "text" else json { a: 1 } end
  x
end

fn third(n :: Int) do # T: third : (Int) -> String
  case n do
    0 -> json { a: 1 }
    1 -> "one"
    2 -> if n > 1 do json { b: [n] } else json {} end
    _ -> json { c: nil }
  end
end

fn fourth(n :: Int) -> String do
  if n == 0 do json { a: 1 } else if n == 1 do "one" else json { b: 2 } end
end

fn main() do
  println(first(true) <> first(false) <> second(true) <> second(false))
  println(third(0) <> third(1) <> third(2) <> third(3) <> fourth(0) <> fourth(1) <> fourth(2))
end
#> {"a":1}texttext{"a":1}
#> {"a":1}one{"b":[2]}{"c":null}{"a":1}one{"b":2}
