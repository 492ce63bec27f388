from Types.Event import EventPayload

fn is_level(level :: String) -> Bool do
  List.contains(["fatal", "error", "warning", "info", "debug"], level)
end

# The checks answer with the value they accepted.
pub fn validate_event(payload :: EventPayload) -> String!String do
  if payload.message == "" do
    Err("missing required field: message")
  else if !is_level(payload.level) do
    Err("invalid level: must be fatal, error, warning, info, or debug")
  else
    Ok(payload.message)
  end
end

# In bytes of UTF-8.
pub fn validate_payload_size(body :: String, max_bytes :: Int) -> String!String do
  if String.byte_length(body) > max_bytes do
    Err("payload too large")
  else
    Ok(body)
  end
end

pub fn validate_bulk_count(count :: Int, max_events :: Int) -> String!String do
  if count > max_events do
    Err("too many events in bulk request (max ${max_events})")
  else
    Ok(String.from(count))
  end
end

fn all_hex(text :: String) -> Bool do
  let digits = String.split("0 1 2 3 4 5 6 7 8 9 a b c d e f", " ")
  List.reduce(digits, String.to_lower(text), fn(rest, digit) -> String.replace(rest, digit, "") end) == ""
end

pub fn is_uuid(text :: String) -> Bool do
  let parts = String.split(text, "-")
  let lengths = List.map(parts, fn part -> String.length(part) end)
  lengths == [8, 4, 4, 4, 12] && all_hex(String.join(parts, ""))
end
