# Configuration by environment. A value that is not a usable integer falls back to its default.

fn positive(name :: String, default :: Int) -> Int do
  let value = Env.get_int(name, default)
  if value > 0 do value else default end
end

pub fn database_url() -> String do
  Env.get("MESHER_DATABASE_URL", Env.get("DATABASE_URL", "postgres://mesh:mesh@localhost:5432/mesher"))
end

pub fn http_port() -> Int do
  positive("MESHER_HTTP_PORT", positive("PORT", 8080))
end

pub fn ws_port() -> Int do
  positive("MESHER_WS_PORT", 8081)
end

pub fn rate_window_seconds() -> Int do
  positive("MESHER_RATE_LIMIT_WINDOW_SECONDS", 60)
end

pub fn rate_max_events() -> Int do
  positive("MESHER_RATE_LIMIT_MAX_EVENTS", 1000)
end

pub fn flush_interval_ms() -> Int do
  positive("MESHER_FLUSH_INTERVAL_MS", 1000)
end

pub fn processor_count() -> Int do
  positive("MESHER_PROCESSORS", 6)
end

pub fn stream_max_buffer() -> Int do
  positive("MESHER_STREAM_MAX_BUFFER", 100)
end

pub fn stream_drain_ms() -> Int do
  positive("MESHER_STREAM_DRAIN_MS", 250)
end

pub fn health_interval_ms() -> Int do
  positive("MESHER_HEALTH_INTERVAL_MS", 10000)
end

pub fn spike_interval_ms() -> Int do
  positive("MESHER_SPIKE_INTERVAL_MS", 300000)
end

# Empty = the management endpoints and the streams are open.
pub fn admin_token() -> String do
  Env.get("MESHER_ADMIN_TOKEN", "")
end

pub fn seed_wanted() -> Bool do
  Env.get("MESHER_SEED", "") == "1"
end
