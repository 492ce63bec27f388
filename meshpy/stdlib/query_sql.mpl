#@ module QuerySql
#@ internal
# What a query holds, and its SQL: for Query, which builds queries, and Repo, which runs them.

pub struct QueryParts do
  source :: String
  selects :: List<SqlPart>
  joins :: List<String>
  wheres :: List<SqlPart>
  groups :: List<String>
  havings :: List<SqlPart>
  fragments :: List<SqlPart>
  orders :: List<String>
  count :: Int
  skip :: Int
end deriving()

pub fn boxed(q :: QueryParts) -> Ptr do
  IoRuntime.box(1, q)
end

pub fn parts(q :: Ptr) -> QueryParts do
  IoRuntime.unbox(1, q)
end

fn clause(word :: String, list :: List<SqlPart>, between :: String) -> SqlPart do
  if List.length(list) == 0 do
    Sql.empty()
  else
    Sql.add(Sql.text(word), Sql.join(list, between))
  end
end

# " WHERE a AND b", or nothing
pub fn where_part(p :: QueryParts) -> SqlPart do
  clause(" WHERE ", p.wheres, " AND ")
end

fn from_part(p :: QueryParts) -> SqlPart do
  Sql.text(" FROM " <> Sql.quote_path(p.source) <> String.join(p.joins, ""))
end

# " FROM ... WHERE ... GROUP BY ... HAVING ... fragments"
fn body_part(p :: QueryParts) -> SqlPart do
  let groups = if List.length(p.groups) == 0 do Sql.empty() else Sql.text(" GROUP BY " <> String.join(p.groups, ", ")) end
  Sql.concat([from_part(p), where_part(p), groups, clause(" HAVING ", p.havings, " AND "), clause(" ", p.fragments, " ")])
end

pub fn select_part(q :: Ptr) -> SqlPart do
  let p = parts(q)
  let items = if List.length(p.selects) == 0 do Sql.text("*") else Sql.join(p.selects, ", ") end
  let order = if List.length(p.orders) == 0 do "" else " ORDER BY " <> String.join(p.orders, ", ") end
  let rows = if p.count < 0 do "" else " LIMIT " <> Int.to_string(p.count) end
  let skipped = if p.skip < 0 do "" else " OFFSET " <> Int.to_string(p.skip) end
  Sql.concat([Sql.text("SELECT "), items, body_part(p), Sql.text(order <> rows <> skipped)])
end

# The rows that the query without its select list, order and limit would count.
pub fn count_part(q :: Ptr) -> SqlPart do
  Sql.add(Sql.text("SELECT COUNT(*)"), body_part(parts(q)))
end

pub fn exists_part(q :: Ptr) -> SqlPart do
  let p = parts(q)
  Sql.concat([Sql.text("SELECT EXISTS(SELECT 1"), from_part(p), where_part(p), Sql.text(" LIMIT 1)")])
end
