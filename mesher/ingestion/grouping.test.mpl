# The pure part of grouping, and its agreement with the statement of `extract_event_fields`.

from Config import database_url
from Ingestion.Decode import decode_event
from Ingestion.Fingerprint import compute_fingerprint
from Ingestion.Validation import validate_event, validate_payload_size, validate_bulk_count, is_uuid
from Storage.Queries import extract_event_fields

fn fingerprint(json :: String) -> String do
  case decode_event(json) do
    Ok(event) -> compute_fingerprint(event.payload)
    Err(reason) -> "refused: ${reason}"
  end
end

fn environment(json :: String) -> String do
  case decode_event(json) do
    Ok(event) -> event.environment
    Err(reason) -> "refused: ${reason}"
  end
end

fn verdict(json :: String) -> String do
  case decode_event(json) do
    Ok(event) -> case validate_event(event.payload) do
      Ok(_) -> "valid"
      Err(reason) -> reason
    end
    Err(reason) -> reason
  end
end

fn corpus() -> List<String> do
  [
    "{\"message\":\"Boom 0xABC  \"}",
    "{\"message\":\"\\t\\n boom \\f\\r\\u000b\"}",
    "{\"message\":\"wide \\u00a0\"}",
    "{\"message\":\"\\u00a0 wide \\n\"}",
    "{\"message\":\"0X0x0xFF\",\"level\":\"info\"}",
    "{\"message\":\"m\",\"fingerprint\":\"Own 0x1 \"}",
    "{\"message\":\"m\",\"fingerprint\":[\"a\",\"b\\\"c\"]}",
    "{\"message\":\"m\",\"fingerprint\":[]}",
    "{\"message\":\"m\",\"fingerprint\":7}",
    "{\"message\":\"M\",\"stacktrace\":[{\"filename\":\"a.py\",\"function_name\":\"f\",\"lineno\":\"x\"},{\"filename\":\"b.py\"},{}]}",
    "{\"message\":\"m\",\"stacktrace\":[],\"exception\":{\"type_name\":\"E\",\"value\":\" V 0x9\"}}",
    "{\"message\":\"m\",\"stacktrace\":{},\"exception\":{\"value\":\"v\"}}",
    "{\"message\":\"m\",\"exception\":\"E\"}",
    "{\"message\":\"m\",\"message\":\"last wins\"}"
  ]
end

fn agreement(pool :: PoolHandle) -> String!String do
  for json in corpus() do
    let fields = extract_event_fields(pool, json)?
    assert_eq(fingerprint(json), Map.get(fields, "fingerprint"))
  end
  Ok("checked")
end

describe("grouping") do
  test("rules in their order") do
    assert_eq(fingerprint("{\"message\":\"Boom 0xABC  \"}"), "msg:boom abc")
    assert_eq(fingerprint("{\"message\":\"m\",\"fingerprint\":[\"a\",\"b\"]}"), "[\"a\", \"b\"]")
    assert_eq(
      fingerprint("{\"message\":\"Boom\",\"stacktrace\":[{\"filename\":\"a.py\",\"function_name\":\"f\"},{\"filename\":\"b.py\",\"function_name\":\"g\"}]}"),
      "a.py|f;b.py|g:boom"
    )
    assert_eq(
      fingerprint("{\"message\":\"x\",\"exception\":{\"type_name\":\"TypeError\",\"value\":\"Cannot read property 0xDEADBEEF\"}}"),
      "TypeError:cannot read property deadbeef"
    )
  end

  test("the statement agrees") do
    case Pool.open(database_url(), 1, 1, 5000) do
      Ok(pool) -> assert_eq(agreement(pool), Ok("checked"))
      Err(reason) -> assert_eq(reason, "a database")
    end
  end
end

describe("decoding") do
  test("environment") do
    assert_eq(environment("{\"message\":\"m\",\"environment\":\"prod\",\"tags\":{\"environment\":\"dev\"}}"), "prod")
    assert_eq(environment("{\"message\":\"m\",\"environment\":\"\",\"tags\":{\"environment\":\"dev\"}}"), "dev")
    assert_eq(environment("{\"message\":\"m\",\"environment\":5,\"tags\":[]}"), "")
  end

  test("what is refused") do
    assert_eq(verdict("[1]"), "invalid json")
    assert_eq(verdict("{\"message\":\"\\u0000\"}"), "invalid json")
    assert_eq(verdict("{\"message\":\"\\\\u0000\"}"), "valid")
    assert_eq(verdict("{\"message\":5}"), "missing required field: message")
    assert_eq(verdict("{\"message\":\"m\",\"level\":\"\"}"), "invalid level: must be fatal, error, warning, info, or debug")
  end

  test("limits") do
    assert_eq(validate_payload_size("é", 2), Ok("é"))
    assert_eq(validate_payload_size("éa", 2), Err("payload too large"))
    assert_eq(validate_bulk_count(101, 100), Err("too many events in bulk request (max 100)"))
  end

  test("ids") do
    assert(is_uuid("0198C0DE-0000-7000-8000-00000000000f"))
    assert(!is_uuid("0198c0de-0000-7000-8000-00000000000g"))
    assert(!is_uuid("0198c0de00007000800000000000000f"))
  end
end
