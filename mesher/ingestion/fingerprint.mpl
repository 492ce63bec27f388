# Which events belong together: the client's own fingerprint, else the functions on the stack, else the exception,
# else the message. Plain text; the database caps it.

from Types.Event import EventPayload, StackFrame, ExceptionInfo

fn is_ascii_blank(character :: String) -> Bool do
  String.byte_length(character) == 1 && String.trim(character) == ""
end

fn first_kept(characters :: List<String>, at :: Int) -> Int do
  if at < List.length(characters) && is_ascii_blank(List.get(characters, at)) do
    first_kept(characters, at + 1)
  else
    at
  end
end

fn end_kept(characters :: List<String>, first :: Int, past :: Int) -> Int do
  if past > first && is_ascii_blank(List.get(characters, past - 1)) do
    end_kept(characters, first, past - 1)
  else
    past
  end
end

# `String.trim` also removes the blanks beyond ASCII. Only when it met some is the slow way needed.
fn trim_ascii(text :: String) -> String do
  let trimmed = String.trim(text)
  if String.byte_length(text) - String.length(text) == String.byte_length(trimmed) - String.length(trimmed) do
    trimmed
  else
    let characters = List.filter(String.split(text, ""), fn c -> c != "" end)
    let first = first_kept(characters, 0)
    String.slice(text, first, end_kept(characters, first, List.length(characters)))
  end
end

fn norm(text :: String) -> String do
  text
    |> String.to_lower()
    |> String.replace("0x", "")
    |> trim_ascii()
end

fn frame_text(frame :: StackFrame) -> String do
  "${frame.filename}|${frame.function_name}"
end

fn is_named(exception :: ExceptionInfo) -> Bool do
  exception.type_name != ""
end

fn by_exception(payload :: EventPayload) -> String do
  case payload.exception do
    Some(exception) when is_named(exception) -> "${exception.type_name}:${norm(exception.value)}"
    _ -> "msg:${norm(payload.message)}"
  end
end

pub fn compute_fingerprint(payload :: EventPayload) -> String do
  if payload.fingerprint != "" do
    payload.fingerprint
  else
    case payload.stacktrace do
      None -> by_exception(payload)
      Some([]) -> by_exception(payload)
      Some(frames) -> String.join(List.map(frames, frame_text), ";") <> ":" <> norm(payload.message)
    end
  end
end
