# The settings of the server, from the environment.

pub struct Config do
  port :: Int
  db_path :: String
  window_seconds :: Int
  max_requests :: Int
end

pub fn load_config() -> Config!String do
  let port = setting("PORT", 8080)?
  if port > 65535 do
    return Err("PORT must be at most 65535")
  end
  let db_path = Env.get("TODO_DB_PATH", "todo.sqlite3")
  if String.trim(db_path) == "" do
    return Err("TODO_DB_PATH must not be empty")
  end
  let window_seconds = setting("TODO_RATE_LIMIT_WINDOW_SECONDS", 60)?
  let max_requests = setting("TODO_RATE_LIMIT_MAX_REQUESTS", 5)?
  Ok(
    Config {
      port: port,
      db_path: db_path,
      window_seconds: window_seconds,
      max_requests: max_requests
    }
  )
end

# A whole number above zero, or the default when the variable is not set.
fn setting(name :: String, default_value :: Int) -> Int!String do
  parse_setting(name, Env.get(name, "${default_value}"))
end

pub fn parse_setting(name :: String, text :: String) -> Int!String do
  case String.to_int(text) do
    Some(n) when n > 0 -> Ok(n)
    _ -> Err("${name} must be a whole number above zero")
  end
end
