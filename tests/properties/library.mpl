# Executes one request of the library tests for each line of standard input, and prints one line of JSON for it.

struct Request do
  op :: String
  s :: List<String>
  n :: List<Int>
  x :: List<Float>
end deriving(Json)

type Deep do
  Nothing
  Number(Int)
  Real(Float)
  Text(String)
  Flag(Bool)
  Maybe(Option<String>)
  Many(List<Deep>)
  Named(Map<String, Deep>)
  Both(Deep, Record)
end deriving(Json, Eq)

struct Record do
  id :: Int
  name :: String
  ratio :: Float
  on :: Bool
  note :: Option<Deep>
  rows :: List<List<Int>>
  table :: Map<String, Option<Int>>
end deriving(Json, Eq)

fn str(r :: Request, i :: Int) -> String = List.get(r.s, i)

fn deep(text :: String) -> String!String do
  let value = Deep.from_json(text)?
  let again = Deep.from_json(Json.encode(value))?
  if value == again do Ok(Json.encode(again)) else Err("differs: ${Json.encode(again)}") end
end

fn reparsed(text :: String) -> String do
  case Json.parse(text) do
    Ok(value) -> "ok " <> Json.encode(value)
    Err(reason) -> "error " <> reason
  end
end

fn optional<A>(value :: Option<A>) -> String where A: Display do
  case value do
    Some(x) -> "${x}"
    None -> "none"
  end
end

# A script of triples (what, key, value), over a map that is also kept in an earlier form.
fn maps(script :: List<Int>, m :: Map<String, Int>, old :: Map<String, Int>) -> String do
  case script do
    0 :: k :: v :: rest -> maps(rest, Map.put(m, "k${k}", v), old)
    1 :: k :: _ :: rest -> maps(rest, Map.delete(m, "k${k}"), old)
    2 :: _ :: _ :: rest -> maps(rest, m, m)
    3 :: _ :: _ :: rest -> maps(rest, Map.merge(m, old), old)
    4 :: k :: v :: rest -> maps(rest, Map.put(m, "k${k}", Map.get(m, "k${k}") + v), old)
    5 :: _ :: _ :: rest -> maps(rest, old, m)
    _ -> "${m} ${old} ${Map.size(m)} ${Map.keys(m)} ${Map.values(old)} ${m == old}"
  end
end

fn numbers(script :: List<Int>, m :: Map<Int, Int>, s :: Set<Int>, old :: Set<Int>) -> String do
  case script do
    0 :: k :: v :: rest -> numbers(rest, Map.put(m, k, v), Set.add(s, k), old)
    1 :: k :: _ :: rest -> numbers(rest, Map.delete(m, k), Set.remove(s, k), old)
    2 :: _ :: _ :: rest -> numbers(rest, m, s, s)
    3 :: _ :: _ :: rest -> numbers(rest, m, Set.union(s, old), old)
    4 :: _ :: _ :: rest -> numbers(rest, m, Set.difference(s, old), old)
    5 :: _ :: _ :: rest -> numbers(rest, m, Set.intersection(old, s), s)
    _ -> "${m} ${s} ${old} ${Set.size(s)} ${s == old}"
  end
end

fn lists(script :: List<Int>, xs :: List<Int>, old :: List<Int>) -> String do
  case script do
    0 :: k :: _ :: rest -> lists(rest, List.append(xs, k), old)
    1 :: _ :: _ :: rest -> lists(rest, if xs == [] do xs else List.tail(xs) end, old)
    2 :: _ :: _ :: rest -> lists(rest, xs, xs)
    3 :: _ :: _ :: rest -> lists(rest, xs ++ old, xs)
    4 :: k :: _ :: rest -> lists(rest, List.take(xs, k), old)
    5 :: k :: _ :: rest -> lists(rest, List.drop(xs, k), old)
    6 :: _ :: _ :: rest -> lists(rest, List.reverse(xs), old)
    7 :: k :: v :: rest -> lists(rest, List.map(List.filter(xs, fn x -> x % 3 != k % 3 end), fn x -> x + v end), old)
    _ -> "${xs} ${old} ${List.length(xs)} ${xs < old} ${List.contains(xs, 1)}"
  end
end

fn answer(r :: Request) -> String do
  case r.op do
    "length" -> "${String.length(str(r, 0))} ${String.byte_length(str(r, 0))}"
    "slice" -> String.slice(str(r, 0), List.get(r.n, 0), List.get(r.n, 1))
    "search" -> "${String.contains(str(r, 0), str(r, 1))} ${String.starts_with(str(r, 0), str(r, 1))} ${String.ends_with(str(r, 0), str(r, 1))}"
    "trim" -> String.trim(str(r, 0))
    "case" -> String.to_upper(str(r, 0)) <> "|" <> String.to_lower(str(r, 0))
    "replace" -> String.replace(str(r, 0), str(r, 1), str(r, 2))
    "split" -> Json.encode(String.split(str(r, 0), str(r, 1)))
    "join" -> String.join(r.s, "-")
    "compare" -> "${str(r, 0) < str(r, 1)} ${str(r, 0) == str(r, 1)}"
    "to_int" -> optional(String.to_int(str(r, 0)))
    "to_float" -> optional(String.to_float(str(r, 0)))
    "float" -> "${List.head(r.x)}|${Json.encode(List.head(r.x))}|${Float.to_int(List.head(r.x))}"
    "arithmetic" -> "${List.get(r.n, 0) / List.get(r.n, 1)} ${List.get(r.n, 0) % List.get(r.n, 1)} ${List.get(r.n, 0) * List.get(r.n, 1)}"
    "json" -> reparsed(str(r, 0))
    "deep" -> case deep(str(r, 0)) do
      Ok(text) -> text
      Err(reason) -> "error " <> reason
    end
    "maps" -> maps(r.n, %{}, %{})
    "numbers" -> numbers(r.n, %{}, Set.new(), Set.new())
    "lists" -> lists(r.n, [], [])
    "sort" -> "${List.sort(List.enumerate(r.n), fn((_, a), (_, b)) -> a - b end)}"
    other -> "unknown ${other}"
  end
end

fn serve(count :: Int) do
  case IO.read_line() do
    Ok("") -> ()
    Ok(line) -> do
      case Request.from_json(line) do
        Ok(request) -> println(Json.encode(answer(request)))
        Err(reason) -> println(Json.encode("bad request: " <> reason))
      end
      serve(count + 1)
    end
    Err(_) -> ()
  end
end

fn main() do
  serve(0)
end
