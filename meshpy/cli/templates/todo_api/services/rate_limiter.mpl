# How often a client may change something: a fixed window for all clients, cleared by a ticker.

struct Window do
  counts :: Map<String, Int>
  max_requests :: Int
end

service RateLimiter do
  fn init(max_requests :: Int) -> Window do
    Window { counts: Map.new(), max_requests: max_requests }
  end

  call Allow(client :: String) :: Bool do |window|
    let used = Map.get(window.counts, client)
    if used < window.max_requests do
      (%{window | counts: Map.put(window.counts, client, used + 1)}, true)
    else
      (window, false)
    end
  end

  cast Clear() do |window|
    %{window | counts: Map.new()}
  end
end

actor window_ticker(limiter :: Pid, window_ms :: Int) do
  Timer.sleep(window_ms)
  RateLimiter.clear(limiter)
  window_ticker(limiter, window_ms)
end
