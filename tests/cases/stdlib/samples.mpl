# The samples of the library reference, one for each of its sections.

#@ case methods on built-in types
fn main() do
  println("mesh".to_upper())
  println([3, 1, 2].sort(fn(a, b) -> a - b end).to_string())
  println(41.to_string() <> "!")
end
#> MESH
#> [1, 2, 3]
#> 41!

#@ case conversions and Math
fn main() do
  println("${-7 / 2} ${-7 % 3} ${Math.round(-2.5)} ${Math.floor(-2.3)}")
  println("${Int.to_float(3)} ${Math.pow(2.0, 0.5)} ${1.0 / 4.0}")
  println(String.from(true) <> " " <> Float.to_int(9.99).to_string())
end
#> -3 -1 -3 -3
#> 3 1.4142135623730951 0.25
#> true 9

#@ case String
fn show(o :: Option<Int>) -> String do
  case o do
    Some(n) -> "${n}"
    None -> "none"
  end
end

fn main() do
  println(String.slice("crème", -3, 3) <> "|" <> String.slice("crème", 4, 99))
  println("${String.split("a--b-", "-")}")
  println(String.replace("banana", "an", "AN"))
  println(show(String.to_int(" +12 ")) <> " " <> show(String.to_int("12x")))
end
#> crè|e
#> [a, , b, ]
#> bANANa
#> 12 none

#@ case List
fn main() do
  let words = ["pear", "fig", "apple", "kiwi"]
  let by_len = List.sort(words, fn(a, b) -> String.length(a) - String.length(b) end)
  println("${by_len}")
  println("${List.take(words, -1)} ${List.drop(words, 3)} ${List.enumerate(words) |> List.length()}")
  println("${reduce([1, 2, 3], 10, fn(acc, x) -> acc * 2 + x end)}")
  println("${List.flat_map([1, 2], fn(n) -> [n, n * n] end)}")
end
#> [fig, pear, kiwi, apple]
#> [] [kiwi] 4
#> 91
#> [1, 1, 2, 4]

#@ case Range
fn main() do
  let r = Range.new(-2, 3)
  println("${Range.length(r)} ${Range.to_list(r)}")
  println("${Range.filter(r, fn(i) -> i % 2 == 0 end)} ${Range.to_list(Range.new(5, 5))}")
end
#> 5 [-2, -1, 0, 1, 2]
#> [-2, 0, 2] []

#@ case Map
fn main() do
  let m = %{"b" => 1, "a" => 2}
  let m = Map.put(m, "c", 3)
  let m = Map.put(m, "b", 10)
  println("${m}")
  println("${Map.keys(Map.put(Map.delete(m, "b"), "b", 0))}")
  println("${Map.merge(%{1 => 1, 2 => 2}, %{3 => 3, 1 => 100})}")
  println("${Map.get(m, "zzz")} ${Map.has_key(m, "zzz")} ${Map.size(m)}")
end
#> %{b => 10, a => 2, c => 3}
#> [a, c, b]
#> %{1 => 100, 2 => 2, 3 => 3}
#> 0 false 3

#@ case Set
fn main() do
  let a = Set.from_list([3, 1, 3, 2])
  let b = Set.from_list([2, 9])
  println("${a} ${Set.union(a, b)} ${Set.difference(a, b)} ${Set.intersection(a, b)}")
  println("${Set.to_list(Set.remove(a, 1))} ${Set.contains(a, 9)}")
end
#> #{3, 1, 2} #{3, 1, 2, 9} #{3, 1} #{2}
#> [3, 2] false

#@ case Queue
fn main() do
  let q = Queue.push(Queue.push(Queue.new(), 7), 8)
  let (x, rest) = Queue.pop(q)
  println("${x} ${Queue.size(rest)} ${Queue.peek(rest)} ${Queue.is_empty(q)}")
end
#> 7 1 8 false

#@ case Iter
fn main() do
  let it = Iter.from([1, 2, 3, 4, 5, 6]) |> Iter.map(fn(x) -> x * x end)
  println("${it |> Iter.take(2) |> List.collect()}")
  println("${it |> Iter.filter(fn(x) -> x % 2 == 1 end) |> Iter.sum()}")
  println("${it |> Iter.count()}")
  println("${Iter.from([70, 80]) |> Iter.enumerate() |> Map.collect()}")
end
#> [1, 4]
#> 34
#> 0
#> %{0 => 70, 1 => 80}

#@ case JSON
fn main() do
  case JSON.parse("{\"z\": 1.0, \"a\": [true, null, 2], \"z\": \"é\"}") do
    Ok(j) -> println(JSON.encode(j))
    Err(e) -> println(e)
  end
  case JSON.parse("[1, 2") do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
  println(JSON.get("{\"n\": 1e2, \"o\": {\"y\": 1, \"x\": null}}", "o"))
  println(JSON.encode_map(%{"k" => "v\n", "a" => "b"}))
end
#> {"a":[true,null,2],"z":"é"}
#> EOF while parsing a list at line 1 column 5
#> {"x":null,"y":1}
#> {"a":"b","k":"v\n"}

#@ case Job
fn main() do
  let a = Job.async(fn() -> 6 * 7 end)
  case Job.await(a) do
    Ok(n) -> println("got ${n}")
    Err(e) -> println("failed: " <> e)
  end
end
#> got 42

#@ case Crypto Base64 Hex
fn main() do
  println(Crypto.sha256("mesh"))
  println(Crypto.hmac_sha256("k", "v"))
  println(Base64.encode("héllo?>") <> " " <> Base64.encode_url("a") <> " " <> Hex.encode("Az"))
  case Base64.decode("_w") do
    Ok(s) -> println(s)
    Err(e) -> println(e)
  end
end
#> d30ca7a7a32bf5772dc5eb2a2e7bd35737eff795ad74f2479b359716b59abdfa
#> c5d4be1992d50d3b41f9a21292fc67a28a1486fc64a0517d37f9af847e0732de
#> aMOpbGxvPz4= YQ 417a
#> invalid base64

#@ case Regex
fn main() do
  let mail = ~r/(\w+)@(\w+)/i
  println(Regex.replace(mail, "Ann@Home, bob@WORK", "$" <> "{2}:$1"))
  case Regex.captures(~r/v(\d+)(?:\.(\d+))?/, "on v12 now") do
    Some(g) -> println("${g} ${List.length(g)}")
    None -> println("none")
  end
  println("${Regex.split(~r/\s*,\s*/, "a , b,,c")}")
end
#> Home:Ann, WORK:bob
#> [v12, 12, ] 3
#> [a, b, , c]

#@ case DateTime
fn later(d :: DateTime) do
  let e = DateTime.add(d, -36, :hour)
  println(DateTime.to_iso8601(e) <> " ${DateTime.diff(d, e, :day)} ${DateTime.is_before(e, d)}")
end

fn main() do
  case DateTime.from_iso8601("2024-03-01T01:30:00.5+02:00") do
    Ok(d) -> later(d)
    Err(e) -> println(e)
  end
  case DateTime.from_iso8601("2024-03-01") do
    Ok(_) -> println("?")
    Err(e) -> println(e)
  end
end
#> 2024-02-28T11:30:00.500Z 1.5 true
#> invalid ISO 8601 datetime

#@ case derived JSON
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
