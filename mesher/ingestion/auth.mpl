# Which project a client may write to, by its API key.

from Config import admin_token
from Storage.Queries import get_project_by_api_key
from Storage.Errors import is_data_error
from Types.Project import Project

fn without_bearer(value :: String) -> String do
  if String.starts_with(String.to_lower(value), "bearer ") do
    String.trim(String.slice(value, 7, String.length(value)))
  else
    value
  end
end

# `Sentry sentry_key=KEY, sentry_version=7`: the form that Sentry's own clients send.
fn sentry_key(value :: String) -> String do
  let parts = String.split(String.slice(value, 7, String.length(value)), ",")
  case List.find(parts, fn part -> String.starts_with(String.trim(part), "sentry_key=") end) do
    Some(part) -> String.slice(String.trim(part), 11, String.length(part))
    None -> ""
  end
end

fn sentry_header(value :: String) -> String do
  if String.starts_with(String.to_lower(value), "sentry ") do
    sentry_key(value)
  else
    value
  end
end

fn key_of(sentry_auth :: Option<String>, authorization :: Option<String>) -> Option<String> do
  case sentry_auth do
    Some(value) -> Some(sentry_header(value))
    None ->
      let value = authorization?
      Some(without_bearer(value))
  end
end

pub fn extract_api_key(request :: Request) -> Option<String> do
  key_of(Request.header(request, "X-Sentry-Auth"), Request.header(request, "Authorization"))
end

# The project of a key. `Err("unauthorized")` for a key that opens nothing; any other error is the database's.
pub fn project_for_key(pool :: PoolHandle, key :: Option<String>) -> Project!String do
  case key do
    Some(value) when value != "" -> case get_project_by_api_key(pool, value) do
      Err(reason) when reason == "not found" || is_data_error(reason) -> Err("unauthorized")
      result -> result
    end
    _ -> Err("unauthorized")
  end
end

pub fn authenticate_request(pool :: PoolHandle, request :: Request) -> Project!String do
  project_for_key(pool, extract_api_key(request))
end

# --- WebSocket handshakes ---

fn header(headers :: Map<String, String>, name :: String) -> Option<String> do
  if Map.has_key(headers, name) do
    Some(Map.get(headers, name))
  else
    None
  end
end

# A parameter of the request target; browsers cannot set headers on a handshake.
fn target_parameter(target :: String, name :: String) -> Option<String> do
  let pairs = String.split(String.join(List.drop(String.split(target, "?"), 1), "?"), "&")
  let pair = List.find(pairs, fn pair -> String.starts_with(pair, name <> "=") end)?
  Some(String.slice(pair, String.length(name) + 1, String.length(pair)))
end

pub fn ws_api_key(target :: String, headers :: Map<String, String>) -> Option<String> do
  case key_of(header(headers, "x-sentry-auth"), header(headers, "authorization")) do
    Some(key) -> Some(key)
    None -> target_parameter(target, "api_key")
  end
end

# --- management ---

fn is_admin(token :: Option<String>) -> Bool do
  case token do
    Some(value) -> Crypto.secure_compare(value, admin_token())
    None -> false
  end
end

fn bearer(authorization :: Option<String>) -> Option<String> do
  let value = authorization?
  Some(without_bearer(value))
end

# Open to everybody unless the operator set a token.
pub fn may_manage(request :: Request) -> Bool do
  admin_token() == "" || is_admin(bearer(Request.header(request, "Authorization")))
end

pub fn may_stream(target :: String, headers :: Map<String, String>) -> Bool do
  admin_token() == "" || is_admin(bearer(header(headers, "authorization"))) || is_admin(target_parameter(target, "token"))
end
