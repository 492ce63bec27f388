# A fixed window for each project; all windows begin together, when the ticker clears the counts.

struct RateLimitState do
  limits :: Map<String, Int>
  window_seconds :: Int
  max_events :: Int
end

# All `units` or none.
fn take(state :: RateLimitState, project_id :: String, units :: Int) -> (RateLimitState, Bool) do
  let used = if Map.has_key(state.limits, project_id) do
    Map.get(state.limits, project_id)
  else
    0
  end
  if used + units <= state.max_events do
    (%{state | limits: Map.put(state.limits, project_id, used + units)}, true)
  else
    (state, false)
  end
end

service RateLimiter do
  fn init(window_seconds :: Int, max_events :: Int) -> RateLimitState do
    RateLimitState { limits: Map.new(), window_seconds: window_seconds, max_events: max_events }
  end

  call CheckLimit(project_id :: String) :: Bool do |state|
    take(state, project_id, 1)
  end

  call CheckLimitN(project_id :: String, units :: Int) :: Bool do |state|
    take(state, project_id, units)
  end

  cast ResetWindow() do |state|
    %{state | limits: Map.new()}
  end
end

actor rate_window_ticker(interval :: Int) do
  Timer.sleep(interval)
  RateLimiter.reset_window(Process.whereis("rate_limiter"))
  rate_window_ticker(interval)
end
