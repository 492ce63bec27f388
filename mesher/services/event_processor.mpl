# Groups an event into its issue and hands it to the writer. The only work here is one statement:
# notifying dashboards is the business of the caller, after the answer.

from Storage.Queries import record_occurrence
from Storage.Writer import WriteEntry
from Services.Writer import StorageWriter
from Ingestion.Decode import IncomingEvent, decode_event
from Ingestion.Fingerprint import compute_fingerprint
from Types.Issue import Occurrence

struct ProcessorState do
  pool :: PoolHandle
  processed_count :: Int
end

# `discarded`: nothing was stored, and there is nothing to tell.
pub struct ProcessedEvent do
  event_id :: String
  issue_id :: String
  is_new :: Bool
  regressed :: Bool
  discarded :: Bool
end

fn discarded_event() -> ProcessedEvent do
  ProcessedEvent { event_id: "", issue_id: "", is_new: false, regressed: false, discarded: true }
end

fn store(project_id :: String, writer_pid :: Pid, event :: IncomingEvent, occurrence :: Occurrence) -> ProcessedEvent do
  let event_id = Crypto.uuid4()
  let entry = WriteEntry {
    event_id: event_id,
    project_id: project_id,
    issue_id: occurrence.issue_id,
    fingerprint: occurrence.fingerprint,
    received_at: occurrence.received_at,
    event_json: event.json
  }
  StorageWriter.store(writer_pid, entry)
  ProcessedEvent {
    event_id: event_id,
    issue_id: occurrence.issue_id,
    is_new: occurrence.is_new,
    regressed: occurrence.regressed,
    discarded: false
  }
end

fn process(
  pool :: PoolHandle,
  project_id :: String,
  writer_pid :: Pid,
  event :: IncomingEvent
) -> ProcessedEvent!String do
  let payload = event.payload
  let title = if payload.message == "" do
    "Untitled"
  else
    payload.message
  end
  case record_occurrence(pool, project_id, compute_fingerprint(payload), title, payload.level)? do
    Some(occurrence) -> Ok(store(project_id, writer_pid, event, occurrence))
    None -> Ok(discarded_event())
  end
end

fn is_stored(event :: ProcessedEvent) -> Bool do
  !event.discarded
end

fn counted(state :: ProcessorState, result :: ProcessedEvent!String) -> ProcessorState do
  case result do
    Ok(event) when is_stored(event) -> %{state | processed_count: state.processed_count + 1}
    _ -> state
  end
end

fn process_json(pool :: PoolHandle, project_id :: String, writer_pid :: Pid, json :: String) -> ProcessedEvent!String do
  process(pool, project_id, writer_pid, decode_event(json)?)
end

fn issue_of(event :: ProcessedEvent) -> String do
  if event.discarded do
    "discarded"
  else
    event.issue_id
  end
end

fn issue_result(result :: ProcessedEvent!String) -> String!String do
  Ok(issue_of(result?))
end

service EventProcessor do
  fn init(pool :: PoolHandle) -> ProcessorState do
    ProcessorState { pool: pool, processed_count: 0 }
  end

  call ProcessEvent(project_id :: String, writer_pid :: Pid, event_json :: String) :: String!String do |state|
    let result = process_json(state.pool, project_id, writer_pid, event_json)
    (counted(state, result), issue_result(result))
  end

  call ProcessEventFull(project_id :: String, writer_pid :: Pid, event :: IncomingEvent) :: ProcessedEvent!String do |state|
    let result = process(state.pool, project_id, writer_pid, event)
    (counted(state, result), result)
  end
end
