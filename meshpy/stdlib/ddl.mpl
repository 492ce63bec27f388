#@ module Ddl
#@ internal
# SQL of schema changes, for Migration and the schema helpers of Pg.

# Whether a column definition begins with "name:": an identifier and one colon.
pub fn is_column(definition :: String) -> Bool do
  let words = String.split(definition, ":")
  List.length(words) > 1 and IoRuntime.is_identifier(List.head(words)) and List.get(words, 1) != ""
end

# "name:TYPE:constraints" as SQL; anything else as it is.
pub fn definition(column :: String) -> String do
  if is_column(column) do
    let words = String.split(column, ":")
    let name = Sql.quote(List.head(words))
    let sql_type = List.get(words, 1)
    if List.length(words) == 2 do
      name <> " " <> sql_type
    else
      name <> " " <> sql_type <> " " <> String.join(List.drop(words, 2), ":")
    end
  else
    column
  end
end

pub fn index_name(table :: String, columns :: List<String>) -> String do
  "idx_" <> table <> "_" <> String.join(columns, "_")
end

struct IndexOptions do
  unique :: Bool
  name :: String
  condition :: String
end deriving()

pub fn index_sql(table :: String, columns :: List<String>, options :: String) -> Result<String, String> do
  let parsed = read_options(options)?
  let items = index_columns([], columns, 0)?
  let names = List.map(columns, fn(column) do List.head(String.split(column, ":")) end)
  let name = if parsed.name == "" do index_name(table, names) else parsed.name end
  let unique = if parsed.unique do "UNIQUE " else "" end
  let condition = if parsed.condition == "" do "" else " WHERE " <> parsed.condition end
  Ok("CREATE " <> unique <> "INDEX IF NOT EXISTS " <> Sql.quote(name) <> " ON " <> Sql.quote_path(table) <> " (" <> String.join(items, ", ") <> ")" <> condition)
end

fn index_columns(done :: List<String>, columns :: List<String>, i :: Int) -> Result<List<String>, String> do
  if i < List.length(columns) do
    let column = List.get(columns, i)
    let words = String.split(column, ":")
    let name = String.trim(List.head(words))
    if name == "" do
      Err("columns: column name must not be empty")
    else if List.length(words) == 1 do
      index_columns(List.append(done, Sql.quote(name)), columns, i + 1)
    else
      let direction = String.to_upper(String.trim(List.get(words, 1)))
      if List.length(words) == 2 and (direction == "ASC" or direction == "DESC") do
        index_columns(List.append(done, Sql.quote(name) <> " " <> direction), columns, i + 1)
      else
        Err("columns: `" <> column <> "` only supports :ASC or :DESC order suffixes")
      end
    end
  else if List.length(done) == 0 do
    Err("columns: at least one column is required")
  else
    Ok(done)
  end
end

fn read_options(options :: String) -> Result<IndexOptions, String> do
  let halves = String.split(options, "where:")
  let simple = List.head(halves)
  let words = List.filter(String.split(spaced(simple), " "), fn(word) do word != "" end)
  let none = IndexOptions { unique: false, name: "", condition: "" }
  let read = read_words(none, words, 0)?
  if List.length(halves) == 1 do
    Ok(read)
  else
    let condition = String.trim(String.join(List.tail(halves), "where:"))
    if condition == "" do Err("options: where clause must not be empty") else Ok(%{read | condition: condition}) end
  end
end

# White space as single spaces; "unique: true" as "unique:true".
fn spaced(text :: String) -> String do
  let blank = String.replace(String.replace(String.replace(text, "\t", " "), "\n", " "), "\r", " ")
  String.replace(blank, "unique: ", "unique:")
end

fn read_words(done :: IndexOptions, words :: List<String>, i :: Int) -> Result<IndexOptions, String> do
  if i < List.length(words) do
    let word = List.get(words, i)
    let halves = String.split(word, ":")
    let value = String.join(List.tail(halves), ":")
    if List.length(halves) == 1 do
      Err("options: invalid token `" <> word <> "`")
    else
      case List.head(halves) do
        "unique" -> case value do
          "true" -> read_words(%{done | unique: true}, words, i + 1)
          "false" -> read_words(%{done | unique: false}, words, i + 1)
          _ -> Err("options: unique must be `true` or `false`, got `" <> value <> "`")
        end
        "name" -> if value == "" do Err("options: name must not be empty") else read_words(%{done | name: value}, words, i + 1) end
        key -> Err("options: unsupported option `" <> key <> "`")
      end
    end
  else
    Ok(done)
  end
end
