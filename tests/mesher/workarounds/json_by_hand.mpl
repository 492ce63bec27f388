# Rows 14 to 17: JSON put together by hand, filters as two strings with "" for none, entries joined with bars.

struct Filters do
  level :: String
  environment :: String
end

fn event_json(issue_id :: String, body :: String) -> String do
  "{\"type\":\"event\",\"issue_id\":\"" <> issue_id <> "\",\"data\":" <> body <> "}"
end

fn entry_part(entry :: String, at :: Int) -> String do
  let parts = String.split(entry, "|||")
  List.get(parts, at)
end

fn main() do
  println(event_json("i-1", "{\"message\":" <> Json.encode_string("say \"hi\"") <> "}"))
  let entry = "i-1" <> "|||" <> "msg:hi" <> "|||" <> "{}"
  println(entry_part(entry, 1))
  let filters = Filters { level: "error", environment: "" }
  let all = Map.put(Map.put(Map.new(), 1, filters), 2, Filters { level: "", environment: "" })
  let fewer = Map.delete(all, 1)
  println(String.from(Map.size(fewer)) <> Map.get(all, 1).level)
end
