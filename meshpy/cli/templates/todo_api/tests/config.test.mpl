from Config import load_config, parse_setting

describe("settings") do
  test("numbers above zero") do
    assert_eq(parse_setting("PORT", "8080"), Ok(8080))
  end

  test("anything else is refused by name") do
    for text in ["", "0", "-1", "eighty", "8.5"] do
      assert_eq(parse_setting("PORT", text), Err("PORT must be a whole number above zero"))
    end
  end

  test("the environment may be empty") do
    case load_config() do
      Ok(config) -> assert(config.port > 0 and config.max_requests > 0)
      Err(reason) -> test_fail_msg(reason)
    end
  end
end
