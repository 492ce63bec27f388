#@ module Sql
#@ internal
# Pieces of SQL with their parameters: what queries and expressions are made of.

# A text, or the place of parameter i (from 0) of its part.
pub type SqlToken do
  SqlText(String)
  SqlSlot(Int)
end deriving()

# `slots`: how many numbers its placeholders take.
pub struct SqlPart do
  tokens :: List<SqlToken>
  params :: List<String>
  slots :: Int
end deriving()

pub fn text(sql :: String) -> SqlPart do
  SqlPart { tokens: [SqlText(sql)], params: [], slots: 0 }
end

pub fn value(param :: String) -> SqlPart do
  SqlPart { tokens: [SqlSlot(0)], params: [param], slots: 1 }
end

pub fn empty() -> SqlPart do
  SqlPart { tokens: [], params: [], slots: 0 }
end

pub fn add(a :: SqlPart, b :: SqlPart) -> SqlPart do
  SqlPart { tokens: shifted(a.tokens, b.tokens, a.slots, 0), params: a.params ++ b.params, slots: a.slots + b.slots }
end

fn shifted(done :: List<SqlToken>, tokens :: List<SqlToken>, by :: Int, i :: Int) -> List<SqlToken> do
  if i < List.length(tokens) do
    let token = case List.get(tokens, i) do
      SqlSlot(n) -> SqlSlot(n + by)
      SqlText(s) -> SqlText(s)
    end
    shifted(List.append(done, token), tokens, by, i + 1)
  else
    done
  end
end

pub fn concat(parts :: List<SqlPart>) -> SqlPart do
  List.reduce(parts, empty(), add)
end

# The parts with a text between two of them.
pub fn join(parts :: List<SqlPart>, between :: String) -> SqlPart do
  join_from(empty(), parts, between, 0)
end

fn join_from(done :: SqlPart, parts :: List<SqlPart>, between :: String, i :: Int) -> SqlPart do
  if i < List.length(parts) do
    let front = if i == 0 do done else add(done, text(between)) end
    join_from(add(front, List.get(parts, i)), parts, between, i + 1)
  else
    done
  end
end

# before part after
pub fn around(before :: String, part :: SqlPart, after_text :: String) -> SqlPart do
  add(add(text(before), part), text(after_text))
end

# Raw SQL: `?` number i stands for parameter i, `$j` for parameter j - 1.
pub fn raw(sql :: String, params :: List<String>) -> SqlPart do
  raw_from(SqlPart { tokens: [], params: params, slots: 0 }, IoRuntime.sql_pieces(sql), 0)
end

fn raw_from(part :: SqlPart, pieces :: List<String>, i :: Int) -> SqlPart do
  if i < List.length(pieces) do
    let piece = List.get(pieces, i)
    if i % 2 == 0 do
      raw_from(%{part | tokens: List.append(part.tokens, SqlText(piece))}, pieces, i + 1)
    else
      let slot = number(piece)
      let slots = if slot + 1 > part.slots do slot + 1 else part.slots end
      raw_from(SqlPart { tokens: List.append(part.tokens, SqlSlot(slot)), params: part.params, slots: slots }, pieces, i + 1)
    end
  else
    part
  end
end

fn number(digits :: String) -> Int do
  case String.to_int(digits) do
    Some(n) -> n
    None -> 0
  end
end

# The text, its first placeholder numbered `first`.
pub fn render(part :: SqlPart, first :: Int) -> String do
  let pieces = List.map(part.tokens, fn(token) do
    case token do
      SqlText(s) -> s
      SqlSlot(n) -> "$" <> Int.to_string(n + first)
    end
  end)
  String.join(pieces, "")
end

# An identifier in double quotes.
pub fn quote(name :: String) -> String do
  "\"" <> String.replace(name, "\"", "\"\"") <> "\""
end

# A name with dots: every part quoted, `*` bare.
pub fn quote_path(name :: String) -> String do
  let quoted = List.map(String.split(name, "."), fn(part) do
    if part == "*" do "*" else quote(part) end
  end)
  String.join(quoted, ".")
end

pub fn quote_list(names :: List<String>) -> String do
  String.join(List.map(names, quote_path), ", ")
end

# $first, $first+1, ...
pub fn placeholders(first :: Int, count :: Int) -> String do
  String.join(placeholder_list([], first, first + count), ", ")
end

fn placeholder_list(done :: List<String>, n :: Int, stop :: Int) -> List<String> do
  if n < stop do
    placeholder_list(List.append(done, "$" <> Int.to_string(n)), n + 1, stop)
  else
    done
  end
end

# Expressions
pub fn expr(e :: Ptr) -> SqlPart do
  IoRuntime.unbox(2, e)
end

pub fn boxed(part :: SqlPart) -> Ptr do
  IoRuntime.box(2, part)
end

pub fn exprs(list :: List<Ptr>) -> List<SqlPart> do
  List.map(list, expr)
end

# name(a, b)
pub fn function(name :: String, args :: List<SqlPart>) -> Ptr do
  boxed(around(name <> "(", join(args, ", "), ")"))
end

# (a op b)
pub fn binary(a :: Ptr, op :: String, b :: Ptr) -> Ptr do
  boxed(concat([text("("), expr(a), text(" " <> op <> " "), expr(b), text(")")]))
end

# e::name
pub fn typed(e :: Ptr, name :: String) -> Ptr do
  boxed(add(expr(e), text("::" <> String.replace(name, "\"", ""))))
end
