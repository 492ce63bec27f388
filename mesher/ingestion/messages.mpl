# The JSON that clients and dashboards get. Where a text is fixed key by key it is put together here;
# every string of unknown content goes through `Json.encode_string`.

from Types.Issue import Issue

fn quoted(text :: String) -> String do
  Json.encode_string(text)
end

pub fn accepted_body() -> String do
  "{\"status\":\"accepted\"}"
end

pub fn error_body(reason :: String) -> String do
  Json.encode(json { error: reason })
end

pub fn affected_body(count :: Int) -> String do
  "{\"status\":\"ok\",\"affected\":${count}}"
end

fn issue_object(issue :: Issue) -> String do
  "{\"id\":${quoted(issue.id)},\"title\":${quoted(issue.title)},\"level\":${quoted(issue.level)}," <>
    "\"status\":${quoted(issue.status)},\"event_count\":${issue.event_count},\"first_seen\":${quoted(issue.first_seen)}," <>
    "\"last_seen\":${quoted(issue.last_seen)},\"assigned_to\":${quoted(issue.assigned_to)}}"
end

pub fn issues_body(issues :: List<Issue>) -> String do
  "[" <> String.join(List.map(issues, issue_object), ",") <> "]"
end

# --- to dashboards ---

pub fn project_room(project_id :: String) -> String do
  "project:" <> project_id
end

# `data` is the JSON as it was posted.
pub fn event_message(issue_id :: String, data :: String) -> String do
  "{\"type\":\"event\",\"issue_id\":${quoted(issue_id)},\"data\":${data}}"
end

pub fn issue_message(action :: String, issue_id :: String) -> String do
  "{\"type\":\"issue\",\"action\":${quoted(action)},\"issue_id\":${quoted(issue_id)}}"
end

pub fn issue_count_message(project_id :: String, count :: String) -> String do
  "{\"type\":\"issue_count\",\"project_id\":${quoted(project_id)},\"count\":${count}}"
end

pub fn stream_error_message(message :: String) -> String do
  "{\"type\":\"error\",\"message\":${quoted(message)}}"
end
