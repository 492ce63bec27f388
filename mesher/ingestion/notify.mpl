# What dashboards are told after something happened. Called by handlers and tickers, never by a service
# on the way of an event.

from Services.StreamManager import StreamManager
from Services.EventProcessor import ProcessedEvent
from Storage.Queries import count_unresolved_issues
from Storage.Errors import error_message
from Ingestion.Decode import IncomingEvent
from Ingestion.Messages import project_room, event_message, issue_message, issue_count_message

# To the dashboards of the project whose filters let it through.
pub fn publish_event(project_id :: String, event :: IncomingEvent, processed :: ProcessedEvent) do
  StreamManager.publish_event(
    Process.whereis("stream_manager"),
    project_id,
    event.payload.level,
    event.environment,
    event_message(processed.issue_id, event.json)
  )
end

pub fn broadcast_issue(project_id :: String, action :: String, issue_id :: String) do
  Ws.broadcast(project_room(project_id), issue_message(action, issue_id))
end

pub fn broadcast_issue_count(pool :: PoolHandle, project_id :: String) do
  case count_unresolved_issues(pool, project_id) do
    Ok(rows) ->
      let count = Map.get(List.head(rows), "cnt")
      Ws.broadcast(project_room(project_id), issue_count_message(project_id, count))
      nil
    Err(reason) -> println("[Mesher] Issue count error: ${error_message(reason)}")
  end
end

# After the count, so that an event and its count stay neighbours.
pub fn broadcast_transition(project_id :: String, processed :: ProcessedEvent) do
  if processed.is_new do
    broadcast_issue(project_id, "new", processed.issue_id)
  end
  if processed.regressed do
    broadcast_issue(project_id, "regressed", processed.issue_id)
  end
end
