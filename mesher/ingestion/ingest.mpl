# The one way of an event into Mesher, for HTTP, bulk requests and WebSocket alike:
# quota, size, JSON, fields, processing, notification.

from Ingestion.Pipeline import PipelineRegistry
from Ingestion.Decode import IncomingEvent, decode_event
from Ingestion.Validation import validate_event, validate_payload_size, validate_bulk_count
from Ingestion.Notify import publish_event, broadcast_issue_count, broadcast_transition
from Services.EventProcessor import EventProcessor, ProcessedEvent
from Services.RateLimiter import RateLimiter
from Storage.Queries import split_bulk
from Storage.Errors import is_data_error, error_message

# Why an event was not taken.
pub type Rejection do
  RateLimited
  Refused(String)
  Failed(String)
end

pub fn rejection_reason(rejection :: Rejection) -> String do
  case rejection do
    RateLimited -> "rate limited"
    Refused(reason) -> reason
    Failed(reason) -> reason
  end
end

fn max_event_bytes() -> Int do
  1048576
end

fn max_bulk_bytes() -> Int do
  5242880
end

fn max_bulk_events() -> Int do
  100
end

fn refused<T>(result :: T!String) -> T!Rejection do
  case result do
    Ok(value) -> Ok(value)
    Err(reason) -> Err(Refused(reason))
  end
end

# The client is to blame for what the database calls bad data.
fn database_rejection(error :: String) -> Rejection do
  if is_data_error(error) do
    Refused("invalid json")
  else
    Failed(error_message(error))
  end
end

fn take_quota(registry :: Pid, project_id :: String, units :: Int) -> Int!Rejection do
  if RateLimiter.check_limit_n(PipelineRegistry.get_rate_limiter(registry), project_id, units) do
    Ok(units)
  else
    Err(RateLimited)
  end
end

fn decode_valid(json :: String) -> IncomingEvent!String do
  let event = decode_event(json)?
  validate_event(event.payload)?
  Ok(event)
end

fn process(registry :: Pid, project_id :: String, event :: IncomingEvent) -> ProcessedEvent!Rejection do
  let processor = PipelineRegistry.get_processor(registry)
  case EventProcessor.process_event_full(processor, project_id, PipelineRegistry.get_writer(registry), event) do
    Ok(processed) ->
      if !processed.discarded do
        publish_event(project_id, event, processed)
      end
      Ok(processed)
    Err(reason) -> Err(database_rejection(reason))
  end
end

fn notify_counts(registry :: Pid, project_id :: String, events :: List<ProcessedEvent>) do
  let stored = List.filter(events, fn event -> !event.discarded end)
  if List.length(stored) > 0 do
    broadcast_issue_count(PipelineRegistry.get_pool(registry), project_id)
  end
  for event in stored do
    broadcast_transition(project_id, event)
  end
end

pub fn ingest_event(registry :: Pid, project_id :: String, body :: String) -> ProcessedEvent!Rejection do
  take_quota(registry, project_id, 1)?
  refused(validate_payload_size(body, max_event_bytes()))?
  let event = refused(decode_valid(body))?
  let processed = process(registry, project_id, event)?
  notify_counts(registry, project_id, [processed])
  Ok(processed)
end

# --- bulk ---

fn bulk_elements(pool :: PoolHandle, body :: String) -> List<String>!Rejection do
  refused(validate_payload_size(body, max_bulk_bytes()))?
  case split_bulk(pool, body, max_bulk_events() + 1) do
    Ok(elements) ->
      refused(validate_bulk_count(List.length(elements), max_bulk_events()))?
      Ok(elements)
    Err(reason) -> Err(database_rejection(reason))
  end
end

fn decode_element(element :: String, index :: Int) -> IncomingEvent!Rejection do
  case decode_valid(element) do
    Ok(event) -> Ok(event)
    Err(reason) -> Err(Refused("event ${index}: ${reason}"))
  end
end

fn decode_all(elements :: List<String>) -> List<IncomingEvent>!Rejection do
  Ok(for (index, element) in List.enumerate(elements) do
    decode_element(element, index)?
  end)
end

# What was stored before a failure is told to the dashboards too.
fn process_all(
  registry :: Pid,
  project_id :: String,
  events :: List<IncomingEvent>,
  done :: List<ProcessedEvent>
) -> List<ProcessedEvent>!Rejection do
  let at = List.length(done)
  if at == List.length(events) do
    notify_counts(registry, project_id, done)
    Ok(done)
  else
    case process(registry, project_id, List.get(events, at)) do
      Ok(processed) -> process_all(registry, project_id, events, List.append(done, processed))
      Err(rejection) ->
        notify_counts(registry, project_id, done)
        Err(rejection)
    end
  end
end

# The number of events. A body that cannot be used costs one unit of the quota, an empty array nothing.
pub fn ingest_bulk(registry :: Pid, project_id :: String, body :: String) -> Int!Rejection do
  case bulk_elements(PipelineRegistry.get_pool(registry), body) do
    Err(rejection) ->
      take_quota(registry, project_id, 1)?
      Err(rejection)
    Ok(elements) ->
      take_quota(registry, project_id, List.length(elements))?
      let events = decode_all(elements)?
      Ok(List.length(process_all(registry, project_id, events, [])?))
  end
end
