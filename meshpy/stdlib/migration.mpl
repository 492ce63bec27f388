#@ module Migration
# Changes of the schema. A column is "name:TYPE" or "name:TYPE:constraints"; another text is taken as it is.

pub fn create_table(pool :: PoolHandle, table :: String, columns :: List<String>) -> Result<Int, String> do
  let definitions = String.join(List.map(columns, Ddl.definition), ", ")
  execute(pool, "CREATE TABLE IF NOT EXISTS " <> Sql.quote_path(table) <> " (" <> definitions <> ")")
end

pub fn drop_table(pool :: PoolHandle, table :: String) -> Result<Int, String> do
  execute(pool, "DROP TABLE IF EXISTS " <> Sql.quote_path(table))
end

pub fn add_column(pool :: PoolHandle, table :: String, column :: String) -> Result<Int, String> do
  let unless_there = if Ddl.is_column(column) do "IF NOT EXISTS " else "" end
  execute(pool, "ALTER TABLE " <> Sql.quote_path(table) <> " ADD COLUMN " <> unless_there <> Ddl.definition(column))
end

pub fn drop_column(pool :: PoolHandle, table :: String, column :: String) -> Result<Int, String> do
  execute(pool, "ALTER TABLE " <> Sql.quote_path(table) <> " DROP COLUMN IF EXISTS " <> Sql.quote(column))
end

pub fn rename_column(pool :: PoolHandle, table :: String, old_name :: String, new_name :: String) -> Result<Int, String> do
  execute(pool, "ALTER TABLE " <> Sql.quote_path(table) <> " RENAME COLUMN " <> Sql.quote(old_name) <> " TO " <> Sql.quote(new_name))
end

# Options: "unique:true", "name:idx", "where:condition" (last). A column may end in :ASC or :DESC.
pub fn create_index(pool :: PoolHandle, table :: String, columns :: List<String>, options :: String) -> Result<Int, String> do
  case Ddl.index_sql(table, columns, options) do
    Ok(sql) -> execute(pool, sql)
    Err(e) -> Err("Migration.create_index " <> e)
  end
end

pub fn drop_index(pool :: PoolHandle, table :: String, columns :: List<String>) -> Result<Int, String> do
  let names = List.map(columns, fn(column) do List.head(String.split(column, ":")) end)
  execute(pool, "DROP INDEX IF EXISTS " <> Sql.quote(Ddl.index_name(table, names)))
end

pub fn execute(pool :: PoolHandle, sql :: String) -> Result<Int, String> do
  Pool.execute(pool, sql, [])
end
