# Collects accepted events and writes them in batches: when enough wait, when the ticker says so, and at the end.

from Storage.Writer import WriteEntry, insert_entries
from Storage.Errors import is_data_error

struct WriterState do
  pool :: PoolHandle
  project_id :: String
  buffer :: List<WriteEntry>
  buffer_len :: Int
  batch_size :: Int
  max_buffer :: Int
  accepted :: Int
end

fn log_dropped(count :: Int, project_id :: String) do
  println("[StorageWriter] Dropping batch of ${count} events for project ${project_id} after 3 retries")
end

# The third attempt is the last; the pauses before the second and the third are 100 and 500 ms.
fn insert_with_retry(pool :: PoolHandle, entries :: List<WriteEntry>, attempt :: Int) -> Int!String do
  case insert_entries(pool, entries) do
    Ok(count) -> Ok(count)
    Err(reason) ->
      if attempt == 3 || is_data_error(reason) do
        Err(reason)
      else
        Timer.sleep(if attempt == 1 do 100 else 500 end)
        insert_with_retry(pool, entries, attempt + 1)
      end
  end
end

# One bad row must not take its batch with it.
fn insert_one_by_one(pool :: PoolHandle, entries :: List<WriteEntry>) -> Int do
  let failed = List.filter(entries, fn entry ->
    case insert_with_retry(pool, [entry], 1) do
      Ok(_) -> false
      Err(_) -> true
    end
  end)
  List.length(failed)
end

fn write_batch(state :: WriterState, entries :: List<WriteEntry>) do
  case insert_with_retry(state.pool, entries, 1) do
    Ok(_) -> nil
    Err(reason) ->
      let dropped = if is_data_error(reason) do
        insert_one_by_one(state.pool, entries)
      else
        List.length(entries)
      end
      if dropped > 0 do
        log_dropped(dropped, state.project_id)
      end
  end
end

fn write_all(state :: WriterState, entries :: List<WriteEntry>) do
  if List.length(entries) > 0 do
    write_batch(state, List.take(entries, state.batch_size))
    write_all(state, List.drop(entries, state.batch_size))
  end
end

fn flush(state :: WriterState) -> WriterState do
  write_all(state, state.buffer)
  %{state | buffer: [], buffer_len: 0}
end

# Above the limit the oldest entries give way: recent data matters more.
fn append(state :: WriterState, entry :: WriteEntry) -> WriterState do
  let grown = List.append(state.buffer, entry)
  let extra = List.length(grown) - state.max_buffer
  let buffer = if extra > 0 do
    log_dropped(extra, state.project_id)
    List.drop(grown, extra)
  else
    grown
  end
  %{state | buffer: buffer, buffer_len: List.length(buffer), accepted: state.accepted + 1}
end

service StorageWriter do
  fn init(pool :: PoolHandle, project_id :: String) -> WriterState do
    WriterState {
      pool: pool,
      project_id: project_id,
      buffer: [],
      buffer_len: 0,
      batch_size: 50,
      max_buffer: 500,
      accepted: 0
    }
  end

  # Events accepted since the start, and how many of them wait.
  call Stats() :: (Int, Int) do |state|
    (state, (state.accepted, state.buffer_len))
  end

  cast Store(entry :: WriteEntry) do |state|
    let stored = append(state, entry)
    if stored.buffer_len >= stored.batch_size do
      flush(stored)
    else
      stored
    end
  end

  cast Flush() do |state|
    flush(state)
  end
end

# Its terminate block keeps the promise of every 202: a graceful stop writes what still waits.
actor flush_ticker(interval :: Int) do
  Timer.sleep(interval)
  StorageWriter.flush(Process.whereis("storage_writer"))
  flush_ticker(interval)

  terminate do
    StorageWriter.flush(Process.whereis("storage_writer"))
  end
end
