-- wrk: events of 1,000 different issues.
local n = 0

request = function()
  n = n + 1
  local body = string.format('{"message":"event %d","level":"error","environment":"bench"}', n % 1000)
  return wrk.format("POST", "/api/v1/events", { ["X-Sentry-Auth"] = KEY }, body)
end

function init(args)
  KEY = args[1]
end

done = function(summary, latency, requests)
  io.write(string.format("errors %d\n", summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
