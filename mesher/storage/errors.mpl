# Errors of SQL statements are five fields with tabs between them:
# SQLSTATE, constraint, table, column, message. Anything else is a failure of the connection or the pool.

fn fields(error :: String) -> List<String> do
  String.split(error, "\t")
end

# Empty when the error did not come from a statement.
pub fn sqlstate(error :: String) -> String do
  let parts = fields(error)
  if List.length(parts) >= 5 do List.head(parts) else "" end
end

pub fn error_message(error :: String) -> String do
  let parts = fields(error)
  if List.length(parts) >= 5 do
    String.join(List.drop(parts, 4), "\t")
  else
    error
  end
end

# The statement refused the values it was given: data exceptions (class 22), broken constraints (23),
# exceeded limits (54), and the bytes that no parameter can hold.
pub fn is_data_error(error :: String) -> Bool do
  let class = String.slice(sqlstate(error), 0, 2)
  class == "22" || class == "23" || class == "54" || error == "parameter contains null byte"
end

pub fn is_foreign_key_violation(error :: String) -> Bool do
  sqlstate(error) == "23503"
end
