# The services an event passes, the names they are found by, and what runs on a clock.

from Config import (
  rate_window_seconds,
  rate_max_events,
  flush_interval_ms,
  processor_count,
  stream_drain_ms,
  health_interval_ms,
  spike_interval_ms
)
from Services.RateLimiter import RateLimiter, rate_window_ticker
from Services.EventProcessor import EventProcessor
from Services.Writer import StorageWriter, flush_ticker
from Services.StreamManager import StreamManager
from Storage.Queries import escalate_volume_spikes
from Storage.Schema import create_partitions_ahead
from Storage.Errors import error_message
from Ingestion.Notify import broadcast_issue, broadcast_issue_count

struct RegistryState do
  pool :: PoolHandle
  rate_limiter_pid :: Pid
  processor_pids :: List<Pid>
  writer_pid :: Pid
  turn :: Int
end

service PipelineRegistry do
  fn init(pool :: PoolHandle, rate_limiter_pid :: Pid, processor_pids :: List<Pid>, writer_pid :: Pid) -> RegistryState do
    RegistryState {
      pool: pool,
      rate_limiter_pid: rate_limiter_pid,
      processor_pids: processor_pids,
      writer_pid: writer_pid,
      turn: 0
    }
  end

  call GetPool() :: PoolHandle do |state|
    (state, state.pool)
  end

  call GetRateLimiter() :: Pid do |state|
    (state, state.rate_limiter_pid)
  end

  # One after the other: a processor waits for its query, so one alone would be as fast as one connection.
  call GetProcessor() :: Pid do |state|
    let next = (state.turn + 1) % List.length(state.processor_pids)
    (%{state | turn: next}, List.get(state.processor_pids, state.turn))
  end

  call GetWriter() :: Pid do |state|
    (state, state.writer_pid)
  end
end

# --- clocks: sleep, one unit of work, again. They find services by name, so a restarted one is found too. ---

actor stream_drain_ticker(interval :: Int) do
  Timer.sleep(interval)
  StreamManager.drain_buffers(Process.whereis("stream_manager"))
  stream_drain_ticker(interval)
end

# Whoever is asked answers, or is busy. What it must not be is dead.
fn alive(ask) -> Bool do
  case Job.await_timeout(Job.async(ask), 5000) do
    Ok(_) -> true
    Err(reason) -> reason == "timeout"
  end
end

fn stream_manager_alive() -> Bool do
  alive(fn -> StreamManager.total_clients(Process.whereis("stream_manager")) end)
end

fn pipeline_alive() -> Bool do
  stream_manager_alive() && alive(fn ->
    let registry = Process.whereis("mesher_registry")
    RateLimiter.check_limit_n(PipelineRegistry.get_rate_limiter(registry), "", 0)
    StorageWriter.stats(PipelineRegistry.get_writer(registry))
  end)
end

actor health_checker(pool :: PoolHandle, interval :: Int) do
  Timer.sleep(interval)
  if pipeline_alive() do
    println("[Mesher] Health check: all services responsive")
  else
    println("[Mesher] Health check: a service is gone, restarting the pipeline")
    let _ = restart_all_services(pool)
  end
  health_checker(pool, interval)
end

fn report_spikes(pool :: PoolHandle) do
  case escalate_volume_spikes(pool) do
    Ok([]) -> nil
    Ok(issues) ->
      println("[Mesher] Spike checker: escalated ${List.length(issues)} archived issues")
      for issue in issues do
        let project_id = Map.get(issue, "project_id")
        broadcast_issue(project_id, "unresolved", Map.get(issue, "id"))
        broadcast_issue_count(pool, project_id)
      end
      nil
    Err(reason) -> println("[Mesher] Spike checker error: ${error_message(reason)}")
  end
end

actor spike_checker(pool :: PoolHandle, interval :: Int) do
  Timer.sleep(interval)
  report_spikes(pool)
  spike_checker(pool, interval)
end

actor partition_keeper(pool :: PoolHandle, interval :: Int) do
  Timer.sleep(interval)
  case create_partitions_ahead(pool, 7) do
    Ok(_) -> nil
    Err(reason) -> println("[Mesher] Partition error: ${error_message(reason)}")
  end
  partition_keeper(pool, interval)
end

# --- start ---

fn start_stream_manager() do
  let pid = StreamManager.start()
  Process.register("stream_manager", pid)
  println("[Mesher] StreamManager started")
end

fn start_rate_limiter() -> Pid do
  let pid = RateLimiter.start(rate_window_seconds(), rate_max_events())
  Process.register("rate_limiter", pid)
  println("[Mesher] RateLimiter started (${rate_window_seconds()}s window, ${rate_max_events()} max)")
  pid
end

fn start_processors(pool :: PoolHandle) -> List<Pid> do
  let pids = for _ in 0..processor_count() do
    EventProcessor.start(pool)
  end
  println("[Mesher] EventProcessor started")
  pids
end

fn start_writer(pool :: PoolHandle) -> Pid do
  let pid = StorageWriter.start(pool, "default")
  Process.register("storage_writer", pid)
  println("[Mesher] StorageWriter started (default project)")
  pid
end

fn start_registry(pool :: PoolHandle, limiter :: Pid, processors :: List<Pid>, writer :: Pid) -> Pid do
  let pid = PipelineRegistry.start(pool, limiter, processors, writer)
  Process.register("mesher_registry", pid)
  println("[Mesher] PipelineRegistry started and registered")
  pid
end

# Services and no clocks: those of the first start go on. A StreamManager that lives is kept, since its state is
# the open connections; with one that died they lose their filters, and hear of events again when they reconnect.
fn restart_all_services(pool :: PoolHandle) -> Pid do
  StorageWriter.flush(Process.whereis("storage_writer"))
  for name in ["rate_limiter", "storage_writer", "mesher_registry"] do
    Process.unregister(name)
  end
  if !stream_manager_alive() do
    Process.unregister("stream_manager")
    start_stream_manager()
  end
  let limiter = start_rate_limiter()
  let processors = start_processors(pool)
  let writer = start_writer(pool)
  start_registry(pool, limiter, processors, writer)
end

pub fn start_pipeline(pool :: PoolHandle) -> Pid do
  start_stream_manager()
  spawn(stream_drain_ticker, stream_drain_ms())
  println("[Mesher] StreamManager drain ticker started (${stream_drain_ms()}ms interval)")
  let limiter = start_rate_limiter()
  spawn(rate_window_ticker, rate_window_seconds() * 1000)
  let processors = start_processors(pool)
  let writer = start_writer(pool)
  spawn(flush_ticker, flush_interval_ms())
  spawn(partition_keeper, pool, 6 * 3600 * 1000)
  let registry = start_registry(pool, limiter, processors, writer)
  spawn(health_checker, pool, health_interval_ms())
  println("[Mesher] Health checker started (${health_interval_ms() / 1000}s interval)")
  spawn(spike_checker, pool, spike_interval_ms())
  println("[Mesher] Spike checker started (${spike_interval_ms() / 60000} min interval)")
  registry
end
