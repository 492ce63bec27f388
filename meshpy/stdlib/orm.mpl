#@ module Orm
# SQL texts from names. A condition is "column OPERATOR"; an order is "column" or "column desc".

pub fn build_select(table :: String, columns :: List<String>, wheres :: List<String>, orders :: List<String>, limit :: Int, offset :: Int) -> String do
  let items = if List.length(columns) == 0 do "*" else Sql.quote_list(columns) end
  let order = if List.length(orders) == 0 do "" else " ORDER BY " <> String.join(List.map(orders, order_item), ", ") end
  let rows = if limit < 0 do "" else " LIMIT " <> Int.to_string(limit) end
  let skipped = if offset < 0 do "" else " OFFSET " <> Int.to_string(offset) end
  "SELECT " <> items <> " FROM " <> Sql.quote_path(table) <> where_clause(wheres, 1) <> order <> rows <> skipped
end

pub fn build_insert(table :: String, columns :: List<String>, returning :: List<String>) -> String do
  let count = List.length(columns)
  "INSERT INTO " <> Sql.quote_path(table) <> " (" <> Sql.quote_list(columns) <> ") VALUES (" <> Sql.placeholders(1, count) <> ")" <> returning_clause(returning)
end

pub fn build_update(table :: String, set_columns :: List<String>, wheres :: List<String>, returning :: List<String>) -> String do
  "UPDATE " <> Sql.quote_path(table) <> " SET " <> String.join(settings([], set_columns, 0), ", ") <> where_clause(wheres, List.length(set_columns) + 1) <> returning_clause(returning)
end

pub fn build_delete(table :: String, wheres :: List<String>, returning :: List<String>) -> String do
  "DELETE FROM " <> Sql.quote_path(table) <> where_clause(wheres, 1) <> returning_clause(returning)
end

fn settings(done :: List<String>, columns :: List<String>, i :: Int) -> List<String> do
  if i < List.length(columns) do
    settings(List.append(done, Sql.quote_path(List.get(columns, i)) <> " = $" <> Int.to_string(i + 1)), columns, i + 1)
  else
    done
  end
end

fn returning_clause(returning :: List<String>) -> String do
  if List.length(returning) == 0 do "" else " RETURNING " <> Sql.quote_list(returning) end
end

fn where_clause(wheres :: List<String>, first :: Int) -> String do
  if List.length(wheres) == 0 do "" else " WHERE " <> String.join(conditions([], wheres, first, 0), " AND ") end
end

fn conditions(done :: List<String>, wheres :: List<String>, n :: Int, i :: Int) -> List<String> do
  if i < List.length(wheres) do
    let words = String.split(List.get(wheres, i), " ")
    let column = Sql.quote_path(List.head(words))
    let op = if List.length(words) == 1 do "=" else String.trim(String.join(List.tail(words), " ")) end
    let upper = String.to_upper(op)
    if upper == "IS NULL" or upper == "IS NOT NULL" do
      conditions(List.append(done, column <> " " <> upper), wheres, n, i + 1)
    else
      conditions(List.append(done, column <> " " <> op <> " $" <> Int.to_string(n)), wheres, n + 1, i + 1)
    end
  else
    done
  end
end

fn order_item(order :: String) -> String do
  let words = String.split(order, " ")
  let count = List.length(words)
  if count == 1 do
    Sql.quote_path(order) <> " ASC"
  else
    Sql.quote_path(String.join(List.take(words, count - 1), " ")) <> " " <> String.to_upper(List.last(words))
  end
end
