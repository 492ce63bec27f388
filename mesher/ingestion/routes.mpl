# HTTP handlers. The pool and the services are found through the registry.

from Config import rate_window_seconds
from Ingestion.Auth import authenticate_request, may_manage
from Ingestion.Ingest import Rejection, rejection_reason, ingest_event, ingest_bulk
from Ingestion.Messages import (
  accepted_body,
  error_body,
  affected_body,
  issues_body,
  project_room,
  issue_message
)
from Ingestion.Notify import broadcast_issue_count
from Ingestion.Pipeline import PipelineRegistry
from Ingestion.Validation import is_uuid
from Services.EventProcessor import ProcessedEvent
from Storage.Errors import is_data_error, is_foreign_key_violation, error_message
from Storage.Queries import (
  list_issues_by_status,
  resolve_issue,
  archive_issue,
  unresolve_issue,
  discard_issue,
  delete_issue,
  assign_issue,
  get_issue_project_id
)

fn registry() -> Pid do
  Process.whereis("mesher_registry")
end

fn error_response(status :: Int, reason :: String) -> Response do
  HTTP.response(status, error_body(reason))
end

# --- ingestion ---

fn rejection_response(rejection :: Rejection) -> Response do
  let body = error_body(rejection_reason(rejection))
  case rejection do
    RateLimited -> HTTP.response_with_headers(429, body, %{"Retry-After" => String.from(rate_window_seconds())})
    Refused(_) -> HTTP.response(400, body)
    Failed(_) -> HTTP.response(500, body)
  end
end

fn accepted_response(processed :: ProcessedEvent) -> Response do
  if processed.discarded do
    HTTP.response(202, accepted_body())
  else
    HTTP.response_with_headers(
      202,
      accepted_body(),
      %{"X-Event-Id" => processed.event_id, "X-Issue-Id" => processed.issue_id}
    )
  end
end

# Runs `work` for the project of the request's API key.
fn authenticated(request :: Request, work :: Fun(String) -> Response) -> Response do
  case authenticate_request(PipelineRegistry.get_pool(registry()), request) do
    Ok(project) -> work(project.id)
    Err("unauthorized") -> error_response(401, "unauthorized")
    Err(reason) -> error_response(500, error_message(reason))
  end
end

pub fn handle_event(request :: Request) -> Response do
  authenticated(request, fn project_id ->
    case ingest_event(registry(), project_id, Request.body(request)) do
      Ok(processed) -> accepted_response(processed)
      Err(rejection) -> rejection_response(rejection)
    end
  end)
end

pub fn handle_bulk(request :: Request) -> Response do
  authenticated(request, fn project_id ->
    case ingest_bulk(registry(), project_id, Request.body(request)) do
      Ok(_) -> HTTP.response(202, accepted_body())
      Err(rejection) -> rejection_response(rejection)
    end
  end)
end

# --- issues ---

# Runs `work` with the pool and the id in the path, in the lower-case form that the database prints.
fn managed(request :: Request, parameter :: String, work :: Fun(PoolHandle, String) -> Response) -> Response do
  case Request.param(request, parameter) do
    _ when !may_manage(request) -> error_response(401, "unauthorized")
    Some(id) when is_uuid(id) -> work(PipelineRegistry.get_pool(registry()), String.to_lower(id))
    _ -> error_response(400, "invalid id")
  end
end

fn affected_response(result :: Int!String) -> Response do
  case result do
    Ok(count) -> HTTP.response(200, affected_body(count))
    Err(reason) -> error_response(500, error_message(reason))
  end
end

fn broadcast_issue_update(pool :: PoolHandle, issue_id :: String, action :: String) do
  case get_issue_project_id(pool, issue_id) do
    Ok([row]) ->
      let project_id = Map.get(row, "project_id")
      Ws.broadcast(project_room(project_id), issue_message(action, issue_id))
      broadcast_issue_count(pool, project_id)
    Ok(_) -> nil
    Err(reason) -> println("[Mesher] Issue notification error: ${error_message(reason)}")
  end
end

# A change of state, told to the dashboards of the project when there was one.
fn transition(request :: Request, action :: String, change :: Fun(PoolHandle, String) -> Int!String) -> Response do
  managed(request, "id", fn(pool, issue_id) ->
    let result = change(pool, issue_id)
    case result do
      Ok(count) when count > 0 -> broadcast_issue_update(pool, issue_id, action)
      _ -> nil
    end
    affected_response(result)
  end)
end

pub fn handle_resolve_issue(request :: Request) -> Response do
  transition(request, "resolved", resolve_issue)
end

pub fn handle_archive_issue(request :: Request) -> Response do
  transition(request, "archived", archive_issue)
end

pub fn handle_unresolve_issue(request :: Request) -> Response do
  transition(request, "unresolved", unresolve_issue)
end

pub fn handle_discard_issue(request :: Request) -> Response do
  transition(request, "discarded", discard_issue)
end

pub fn handle_delete_issue(request :: Request) -> Response do
  managed(request, "id", fn(pool, issue_id) -> affected_response(delete_issue(pool, issue_id)) end)
end

fn assign(pool :: PoolHandle, issue_id :: String, user_id :: String) -> Response do
  case assign_issue(pool, issue_id, user_id) do
    Ok(_) -> HTTP.response(200, "{\"status\":\"ok\"}")
    Err(reason) when is_foreign_key_violation(reason) || is_data_error(reason) -> error_response(400, "invalid user_id")
    Err(reason) -> error_response(500, error_message(reason))
  end
end

pub fn handle_assign_issue(request :: Request) -> Response do
  managed(request, "id", fn(pool, issue_id) ->
    let body = Request.body(request)
    case Json.parse(body) do
      Ok(_) ->
        let user_id = Json.get(body, "user_id")
        if user_id == "" || is_uuid(user_id) do
          assign(pool, issue_id, user_id)
        else
          error_response(400, "invalid user_id")
        end
      Err(_) -> error_response(400, "invalid json")
    end
  end)
end

pub fn handle_list_issues(request :: Request) -> Response do
  managed(request, "project_id", fn(pool, project_id) ->
    case list_issues_by_status(pool, project_id, "unresolved") do
      Ok(issues) -> HTTP.response(200, issues_body(issues))
      Err(reason) -> error_response(500, error_message(reason))
    end
  end)
end
