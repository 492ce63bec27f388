# Mesher: error events in, issues grouped, dashboards told at once.

from Config import database_url, http_port, ws_port, seed_wanted
from Ingestion.Pipeline import PipelineRegistry, start_pipeline
from Ingestion.Routes import (
  handle_event,
  handle_bulk,
  handle_list_issues,
  handle_resolve_issue,
  handle_archive_issue,
  handle_unresolve_issue,
  handle_assign_issue,
  handle_discard_issue,
  handle_delete_issue
)
from Ingestion.WsHandler import ws_on_connect, ws_on_message, ws_on_close
from Services.Org import OrgService
from Services.Project import ProjectService
from Services.StreamManager import StreamManager
from Services.User import UserService
from Services.Writer import StorageWriter
from Storage.Errors import error_message
from Storage.Schema import create_schema, create_partitions_ahead
from Storage.Seed import seed_development
from Web.LivePage import live_page

struct Health do
  stream_clients :: Int
  events_processed :: Int
  events_buffered :: Int
end

# Runs in a job of its own: a service that is gone must not take the answer with it.
fn measure() -> Health!String do
  let registry = Process.whereis("mesher_registry")
  Pool.query(PipelineRegistry.get_pool(registry), "SELECT 1", [])?
  let (accepted, waiting) = StorageWriter.stats(PipelineRegistry.get_writer(registry))
  Ok(Health {
    stream_clients: StreamManager.total_clients(Process.whereis("stream_manager")),
    events_processed: accepted,
    events_buffered: waiting
  })
end

fn handle_health(_request :: Request) -> Response do
  case Job.await_timeout(Job.async(measure), 2000) do
    Ok(Ok(health)) -> HTTP.response(
      200,
      "{\"status\":\"ok\",\"stream_clients\":${health.stream_clients}," <>
        "\"events_processed\":${health.events_processed},\"events_buffered\":${health.events_buffered}}"
    )
    _ -> HTTP.response(503, "{\"status\":\"degraded\"}")
  end
end

fn handle_live_page(request :: Request) -> Response do
  let project_id = case Request.param(request, "project_id") do
    Some(id) -> id
    None -> ""
  end
  HTTP.response_with_headers(
    200,
    live_page(ws_port(), project_id),
    %{"Content-Type" => "text/html; charset=utf-8"}
  )
end

fn routes() -> Router do
  HTTP.router()
    |> HTTP.on_post("/api/v1/events", handle_event)
    |> HTTP.on_post("/api/v1/events/bulk", handle_bulk)
    |> HTTP.on_get("/api/v1/projects/:project_id/issues", handle_list_issues)
    |> HTTP.on_post("/api/v1/issues/:id/resolve", handle_resolve_issue)
    |> HTTP.on_post("/api/v1/issues/:id/archive", handle_archive_issue)
    |> HTTP.on_post("/api/v1/issues/:id/unresolve", handle_unresolve_issue)
    |> HTTP.on_post("/api/v1/issues/:id/assign", handle_assign_issue)
    |> HTTP.on_post("/api/v1/issues/:id/discard", handle_discard_issue)
    |> HTTP.on_post("/api/v1/issues/:id/delete", handle_delete_issue)
    |> HTTP.on_get("/api/v1/health", handle_health)
    |> HTTP.on_get("/", handle_live_page)
    |> HTTP.on_get("/live/:project_id", handle_live_page)
end

fn start_services(pool :: PoolHandle) do
  OrgService.start(pool)
  println("[Mesher] OrgService started")
  ProjectService.start(pool)
  println("[Mesher] ProjectService started")
  UserService.start(pool)
  println("[Mesher] UserService started")
  start_pipeline(pool)
end

fn report(result :: Int!String, done :: String, failed :: String) do
  case result do
    Ok(_) -> println("[Mesher] ${done}")
    Err(reason) -> println("[Mesher] ${failed}: ${error_message(reason)}")
  end
end

fn run(pool :: PoolHandle) do
  report(create_schema(pool), "Schema created/verified", "Schema error")
  report(create_partitions_ahead(pool, 7), "Partitions created (7 days ahead)", "Partition error")
  if seed_wanted() do
    report(seed_development(pool), "Development seed in place", "Seed error")
  end
  start_services(pool)
  println("[Mesher] Foundation ready")
  println("[Mesher] WebSocket server starting on :${ws_port()}")
  Ws.serve(ws_on_connect, ws_on_message, ws_on_close, ws_port())
  println("[Mesher] HTTP server starting on :${http_port()}")
  HTTP.serve(routes(), http_port())
end

fn main() do
  println("[Mesher] Connecting to PostgreSQL...")
  case Pool.open(database_url(), 2, 10, 5000) do
    Ok(pool) -> run(pool)
    Err(_) -> println("[Mesher] Failed to connect to PostgreSQL")
  end
end
