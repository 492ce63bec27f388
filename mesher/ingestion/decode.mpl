# From the JSON that a client sent to an event. Clients differ: any key may be missing, null or of the wrong type,
# so the keys are read as Json first and given their types one by one.

from Types.Event import EventPayload, StackFrame, ExceptionInfo, Breadcrumb

pub struct IncomingEvent do
  payload :: EventPayload
  environment :: String
  json :: String
end

struct WireEvent do
  message :: Option<Json>
  level :: Option<Json>
  fingerprint :: Option<Json>
  exception :: Option<Json>
  stacktrace :: Option<Json>
  breadcrumbs :: Option<Json>
  tags :: Option<Json>
  extra :: Option<Json>
  user_context :: Option<Json>
  sdk_name :: Option<Json>
  sdk_version :: Option<Json>
  environment :: Option<Json>
end deriving(Json)

struct Text do
  value :: String
end deriving(Json)

struct TagEnvironment do
  environment :: String
end deriving(Json)

struct Items do
  value :: List<Json>
end deriving(Json)

fn json_text(value :: Option<Json>, default :: String) -> String do
  case value do
    Some(json) -> Json.encode(json)
    None -> default
  end
end

fn wrapped(value :: Option<Json>) -> String do
  "{\"value\":" <> json_text(value, "null") <> "}"
end

# The string that the value is, if it is one.
fn as_text(value :: Option<Json>) -> Option<String> do
  case Text.from_json(wrapped(value)) do
    Ok(text) -> Some(text.value)
    Err(_) -> None
  end
end

fn text_or(value :: Option<Json>, default :: String) -> String do
  case as_text(value) do
    Some(text) -> text
    None -> default
  end
end

# The elements of an array that is not empty.
fn as_items(value :: Option<Json>) -> Option<List<String>> do
  case Items.from_json(wrapped(value)) do
    Ok(items) ->
      if List.length(items.value) > 0 do
        Some(List.map(items.value, fn item -> Json.encode(item) end))
      else
        None
      end
    Err(_) -> None
  end
end

fn int_of(object :: String, key :: String) -> Int do
  case String.to_int(Json.get(object, key)) do
    Some(n) -> n
    None -> 0
  end
end

fn stack_frame(object :: String) -> StackFrame do
  StackFrame {
    filename: Json.get(object, "filename"),
    function_name: Json.get(object, "function_name"),
    lineno: int_of(object, "lineno"),
    colno: int_of(object, "colno"),
    context_line: Json.get(object, "context_line"),
    in_app: Json.get(object, "in_app") == "true"
  }
end

fn breadcrumb(object :: String) -> Breadcrumb do
  Breadcrumb {
    timestamp: Json.get(object, "timestamp"),
    category: Json.get(object, "category"),
    message: Json.get(object, "message"),
    level: Json.get(object, "level"),
    data: Json.get(object, "data")
  }
end

fn exception_of(value :: Option<Json>) -> Option<ExceptionInfo> do
  let object = Json.encode(value?)
  Some(ExceptionInfo {
    type_name: Json.get(object, "type_name"),
    value: Json.get(object, "value"),
    module_name: Json.get(object, "module_name")
  })
end

fn stack_frames(value :: Option<Json>) -> Option<List<StackFrame>> do
  let frames = as_items(value)?
  Some(List.map(frames, stack_frame))
end

fn breadcrumb_list(value :: Option<Json>) -> Option<List<Breadcrumb>> do
  let crumbs = as_items(value)?
  Some(List.map(crumbs, breadcrumb))
end

# The client's own grouping: a string as it is, an array as PostgreSQL prints it.
fn fingerprint_override(value :: Option<Json>) -> String do
  case as_items(value) do
    Some(parts) -> "[" <> String.join(parts, ", ") <> "]"
    None -> text_or(value, "")
  end
end

# A level of the wrong type stays readable, for the validation to refuse it.
fn level_of(value :: Option<Json>) -> String do
  case value do
    None -> "error"
    Some(_) -> text_or(value, json_text(value, ""))
  end
end

fn environment_of(wire :: WireEvent) -> String do
  let own = text_or(wire.environment, "")
  if own != "" do
    own
  else
    case TagEnvironment.from_json(json_text(wire.tags, "{}")) do
      Ok(tags) -> tags.environment
      Err(_) -> ""
    end
  end
end

# PostgreSQL's jsonb holds no U+0000. In valid JSON only the escape can stand for it, and a backslash before the
# escape is itself escaped when it belongs to a pair; so the pairs go first.
fn holds_nul(json :: String) -> Bool do
  if String.contains(json, "\\u0000") do
    String.contains(String.replace(json, "\\\\", ""), "\\u0000")
  else
    false
  end
end

pub fn decode_event(json :: String) -> IncomingEvent!String do
  case WireEvent.from_json(json) do
    Err(_) -> Err("invalid json")
    Ok(wire) ->
      if holds_nul(json) do
        Err("invalid json")
      else
        let payload = EventPayload {
          message: text_or(wire.message, ""),
          level: level_of(wire.level),
          fingerprint: fingerprint_override(wire.fingerprint),
          exception: exception_of(wire.exception),
          stacktrace: stack_frames(wire.stacktrace),
          breadcrumbs: breadcrumb_list(wire.breadcrumbs),
          tags: json_text(wire.tags, "{}"),
          extra: json_text(wire.extra, "{}"),
          user_context: json_text(wire.user_context, "null"),
          sdk_name: as_text(wire.sdk_name),
          sdk_version: as_text(wire.sdk_version)
        }
        Ok(IncomingEvent { payload: payload, environment: environment_of(wire), json: json })
      end
  end
end
