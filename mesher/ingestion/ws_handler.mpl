# WebSocket connections. `/stream/projects/ID` is a dashboard: it hears of its project and may set filters.
# Every other path is an SDK: each message is an event and gets one answer.

from Ingestion.Auth import ws_api_key, project_for_key, may_stream
from Ingestion.Ingest import rejection_reason, ingest_event
from Ingestion.Messages import accepted_body, error_body, project_room, stream_error_message
from Ingestion.Pipeline import PipelineRegistry
from Services.StreamManager import StreamManager

fn stream_manager() -> Pid do
  Process.whereis("stream_manager")
end

# The project of a dashboard path, empty when it names none. `None`: not a dashboard.
fn stream_project(target :: String) -> Option<String> do
  let parts = String.split(List.head(String.split(target, "?")), "/")
  if List.length(parts) > 2 && List.get(parts, 1) == "stream" && List.get(parts, 2) == "projects" do
    let ids = List.drop(parts, 3)
    Some(if List.length(ids) > 0 do List.head(ids) else "" end)
  else
    None
  end
end

fn open_stream(conn :: Int, project_id :: String) -> Int do
  Ws.join(conn, project_room(project_id))
  StreamManager.register_client(stream_manager(), conn, project_id, "", "")
  conn
end

fn open_ingest(conn :: Int, target :: String, headers :: Map<String, String>) -> Int do
  let pool = PipelineRegistry.get_pool(Process.whereis("mesher_registry"))
  case project_for_key(pool, ws_api_key(target, headers)) do
    Ok(project) ->
      StreamManager.register_ingest(stream_manager(), conn, project.id)
      conn
    Err(_) -> 0
  end
end

# 0 refuses the connection.
pub fn ws_on_connect(conn :: Int, path :: String, headers :: Map<String, String>) -> Int do
  case stream_project(path) do
    Some("") -> 0
    Some(project_id) ->
      if may_stream(path, headers) do
        open_stream(conn, String.to_lower(project_id))
      else
        0
      end
    None -> open_ingest(conn, path, headers)
  end
end

# --- dashboards ---

fn subscribe(conn :: Int, message :: String) -> String do
  let manager = stream_manager()
  Ws.join(conn, project_room(StreamManager.get_project_id(manager, conn)))
  StreamManager.update_filters(
    manager,
    conn,
    Json.get_nested(message, "filters", "level"),
    Json.get_nested(message, "filters", "environment")
  )
  "{\"type\":\"filters_updated\"}"
end

fn unsubscribe(conn :: Int) -> String do
  let manager = stream_manager()
  Ws.leave(conn, project_room(StreamManager.get_project_id(manager, conn)))
  StreamManager.unsubscribe(manager, conn)
  "{\"type\":\"unsubscribed\"}"
end

fn is_json_object(message :: String) -> Bool do
  case Json.parse(message) do
    Ok(_) -> String.starts_with(String.trim(message), "{")
    Err(_) -> false
  end
end

# A message without a type subscribes.
fn stream_reply(conn :: Int, message :: String) -> String do
  if is_json_object(message) do
    case Json.get(message, "type") do
      "" | "subscribe" -> subscribe(conn, message)
      "unsubscribe" -> unsubscribe(conn)
      _ -> stream_error_message("unknown message type")
    end
  else
    stream_error_message("invalid subscribe message")
  end
end

# --- SDKs ---

fn ingest_reply(conn :: Int, message :: String) -> String do
  let project_id = StreamManager.get_ingest_project(stream_manager(), conn)
  if project_id == "" do
    error_body("unauthorized")
  else
    case ingest_event(Process.whereis("mesher_registry"), project_id, message) do
      Ok(_) -> accepted_body()
      Err(rejection) -> error_body(rejection_reason(rejection))
    end
  end
end

pub fn ws_on_message(conn :: Int, message :: String) do
  let reply = if StreamManager.is_stream_client(stream_manager(), conn) do
    stream_reply(conn, message)
  else
    ingest_reply(conn, message)
  end
  Ws.send(conn, reply)
  nil
end

pub fn ws_on_close(conn :: Int, code :: Int, _reason :: String) do
  StreamManager.remove_client(stream_manager(), conn)
  println("[WS] Connection closed: ${code}")
end
