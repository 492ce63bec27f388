# What the handlers share: the database connection and the rate limiter, found by name.

from Config import Config
from Services.RateLimiter import RateLimiter, window_ticker
from Storage.Todos import open_storage

struct Shared do
  db :: SqliteConn
  limiter :: Pid
end

service Registry do
  fn init(db :: SqliteConn, limiter :: Pid) -> Shared do
    Shared { db: db, limiter: limiter }
  end

  call Db() :: SqliteConn do |shared|
    (shared, shared.db)
  end

  call Limiter() :: Pid do |shared|
    (shared, shared.limiter)
  end
end

pub fn start_registry(config :: Config) -> ()!String do
  let db = open_storage(config.db_path)?
  let limiter = RateLimiter.start(config.max_requests)
  spawn(window_ticker, limiter, config.window_seconds * 1000)
  Process.register("registry", Registry.start(db, limiter))
  Ok(())
end

pub fn database() -> SqliteConn do
  Registry.db(Process.whereis("registry"))
end

pub fn may_change(client :: String) -> Bool do
  RateLimiter.allow(Registry.limiter(Process.whereis("registry")), client)
end
