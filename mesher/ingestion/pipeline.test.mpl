# What the health checker brings back. The clock of the checker is set by MESHER_HEALTH_INTERVAL_MS.

from Config import database_url
from Ingestion.Pipeline import start_pipeline
from Services.RateLimiter import RateLimiter
from Services.StreamManager import StreamManager

# Waits for another process under the name; the one that was there when it does not come.
fn successor(name :: String, old :: Pid, tries :: Int) -> Pid do
  let now = Process.whereis(name)
  if tries == 0 || (now != old && now != Process.whereis("nobody")) do
    now
  else
    Timer.sleep(50)
    successor(name, old, tries - 1)
  end
end

fn replaced_after_exit(name :: String) -> Bool do
  let old = Process.whereis(name)
  Process.exit(old, "kill")
  successor(name, old, 200) != old
end

describe("pipeline") do
  test("a service that is gone comes back, and dashboards stay registered") do
    let Ok(pool) = Pool.open(database_url(), 1, 2, 5000)
    start_pipeline(pool)
    StreamManager.register_client(Process.whereis("stream_manager"), 7, "p", "error", "")
    assert(replaced_after_exit("storage_writer"))
    assert(replaced_after_exit("rate_limiter"))
    assert_eq(StreamManager.get_project_id(Process.whereis("stream_manager"), 7), "p")
    assert(replaced_after_exit("stream_manager"))
    assert_eq(StreamManager.total_clients(Process.whereis("stream_manager")), 0)
    assert(replaced_after_exit("mesher_registry"))
  end
end
