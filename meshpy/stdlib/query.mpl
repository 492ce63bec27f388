#@ module Query
# Queries as immutable values; every function gives a new one. Repo runs them.

pub fn from(table :: String) -> Ptr do
  QuerySql.boxed(QueryParts { source: table, selects: [], joins: [], wheres: [], groups: [], havings: [], fragments: [], orders: [], count: -1, skip: -1 })
end

fn field(name :: Atom) -> String do
  Sql.quote(IoRuntime.atom_name(name))
end

fn condition(q :: Ptr, part :: SqlPart) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | wheres: List.append(p.wheres, part)})
end

# name op $n
fn compare_field(q :: Ptr, name :: Atom, op :: String, value :: String) -> Ptr do
  condition(q, Sql.add(Sql.text(field(name) <> " " <> op <> " "), Sql.value(value)))
end

pub fn where(q :: Ptr, name :: Atom, value :: String) -> Ptr do
  compare_field(q, name, "=", value)
end

# op: :eq :neq :lt :gt :lte :gte :like :ilike
pub fn where_op(q :: Ptr, name :: Atom, op :: Atom, value :: String) -> Ptr do
  compare_field(q, name, operator(IoRuntime.atom_name(op)), value)
end

fn operator(name :: String) -> String do
  case name do
    "neq" -> "!="
    "lt" -> "<"
    "gt" -> ">"
    "lte" -> "<="
    "gte" -> ">="
    "like" -> "LIKE"
    "ilike" -> "ILIKE"
    _ -> "="
  end
end

pub fn where_in(q :: Ptr, name :: Atom, values :: List<String>) -> Ptr do
  if List.length(values) == 0 do
    condition(q, Sql.text("FALSE"))
  else
    condition(q, Sql.around(field(name) <> " IN (", Sql.join(List.map(values, Sql.value), ", "), ")"))
  end
end

pub fn where_not_in(q :: Ptr, name :: Atom, values :: List<String>) -> Ptr do
  if List.length(values) == 0 do
    condition(q, Sql.text("TRUE"))
  else
    condition(q, Sql.around(field(name) <> " NOT IN (", Sql.join(List.map(values, Sql.value), ", "), ")"))
  end
end

pub fn where_between(q :: Ptr, name :: Atom, low :: String, high :: String) -> Ptr do
  condition(q, Sql.concat([Sql.text(field(name) <> " BETWEEN "), Sql.value(low), Sql.text(" AND "), Sql.value(high)]))
end

# (a = $n OR b = $n+1 ...), up to the shorter list.
pub fn where_or(q :: Ptr, names :: List<Atom>, values :: List<String>) -> Ptr do
  let alternatives = alternatives_from([], names, values, 0)
  if List.length(alternatives) == 0 do
    q
  else
    condition(q, Sql.around("(", Sql.join(alternatives, " OR "), ")"))
  end
end

fn alternatives_from(done :: List<SqlPart>, names :: List<Atom>, values :: List<String>, i :: Int) -> List<SqlPart> do
  if i < List.length(names) and i < List.length(values) do
    let one = Sql.add(Sql.text(field(List.get(names, i)) <> " = "), Sql.value(List.get(values, i)))
    alternatives_from(List.append(done, one), names, values, i + 1)
  else
    done
  end
end

pub fn where_null(q :: Ptr, name :: Atom) -> Ptr do
  condition(q, Sql.text(field(name) <> " IS NULL"))
end

pub fn where_not_null(q :: Ptr, name :: Atom) -> Ptr do
  condition(q, Sql.text(field(name) <> " IS NOT NULL"))
end

# Raw SQL; its placeholders (? or $n) are renumbered.
pub fn where_raw(q :: Ptr, sql :: String, params :: List<String>) -> Ptr do
  condition(q, Sql.raw(sql, params))
end

pub fn where_expr(q :: Ptr, e :: Ptr) -> Ptr do
  condition(q, Sql.expr(e))
end

pub fn where_sub(q :: Ptr, name :: Atom, sub :: Ptr) -> Ptr do
  condition(q, Sql.around(field(name) <> " IN (", QuerySql.select_part(sub), ")"))
end

# Replaces the select list.
pub fn select(q :: Ptr, columns :: List<String>) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | selects: List.map(columns, fn(c) do Sql.text(Sql.quote_path(c)) end)})
end

fn selecting(q :: Ptr, item :: SqlPart) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | selects: List.append(p.selects, item)})
end

pub fn select_raw(q :: Ptr, items :: List<String>) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | selects: p.selects ++ List.map(items, Sql.text)})
end

pub fn select_expr(q :: Ptr, e :: Ptr) -> Ptr do
  selecting(q, Sql.expr(e))
end

pub fn select_exprs(q :: Ptr, list :: List<Ptr>) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | selects: p.selects ++ Sql.exprs(list)})
end

pub fn select_count(q :: Ptr) -> Ptr do
  selecting(q, Sql.text("count(*)"))
end

fn aggregate(q :: Ptr, name :: String, column :: Atom) -> Ptr do
  selecting(q, Sql.text(name <> "(" <> field(column) <> ")"))
end

pub fn select_count_field(q :: Ptr, name :: Atom) -> Ptr do
  aggregate(q, "count", name)
end

pub fn select_sum(q :: Ptr, name :: Atom) -> Ptr do
  aggregate(q, "sum", name)
end

pub fn select_avg(q :: Ptr, name :: Atom) -> Ptr do
  aggregate(q, "avg", name)
end

pub fn select_min(q :: Ptr, name :: Atom) -> Ptr do
  aggregate(q, "min", name)
end

pub fn select_max(q :: Ptr, name :: Atom) -> Ptr do
  aggregate(q, "max", name)
end

# kind: :inner :left :right; `on` is raw.
pub fn join(q :: Ptr, kind :: Atom, table :: String, on :: String) -> Ptr do
  joining(q, kind, Sql.quote_path(table), on)
end

pub fn join_as(q :: Ptr, kind :: Atom, table :: String, name :: String, on :: String) -> Ptr do
  joining(q, kind, Sql.quote_path(table) <> " " <> name, on)
end

fn joining(q :: Ptr, kind :: Atom, table :: String, on :: String) -> Ptr do
  let p = QuerySql.parts(q)
  let word = case IoRuntime.atom_name(kind) do
    "left" -> "LEFT"
    "right" -> "RIGHT"
    _ -> "INNER"
  end
  QuerySql.boxed(%{p | joins: List.append(p.joins, " " <> word <> " JOIN " <> table <> " ON " <> on)})
end

pub fn group_by(q :: Ptr, name :: Atom) -> Ptr do
  group_by_raw(q, field(name))
end

pub fn group_by_raw(q :: Ptr, sql :: String) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | groups: List.append(p.groups, sql)})
end

# clause $n, for example having("count(*) >", "5")
pub fn having(q :: Ptr, clause :: String, value :: String) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | havings: List.append(p.havings, Sql.add(Sql.text(clause <> " "), Sql.value(value)))})
end

# Raw text behind HAVING.
pub fn fragment(q :: Ptr, sql :: String, params :: List<String>) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | fragments: List.append(p.fragments, Sql.raw(sql, params))})
end

pub fn order_by(q :: Ptr, name :: Atom, direction :: Atom) -> Ptr do
  let word = if IoRuntime.atom_name(direction) == "desc" do " DESC" else " ASC" end
  order_by_raw(q, field(name) <> word)
end

pub fn order_by_raw(q :: Ptr, sql :: String) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | orders: List.append(p.orders, sql)})
end

pub fn limit(q :: Ptr, n :: Int) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | count: n})
end

pub fn offset(q :: Ptr, n :: Int) -> Ptr do
  let p = QuerySql.parts(q)
  QuerySql.boxed(%{p | skip: n})
end
