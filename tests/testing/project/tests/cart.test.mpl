from Cart import cart_total

fn divide(n :: Int) -> Int = 1 / n

actor echo(parent :: Pid<Int>) do
  send(parent, 42)
end

actor crash() do
  println("${divide(0)}")
end

describe("cart") do
  setup() do
    let prices = [3, 4]
    println("setup")
  end

  teardown() do
    println("teardown ${List.length(prices)}")
  end

  test("adds prices") do
    assert(cart_total(prices) == 7)
  end

  test("counts every failure once") do
    assert_eq("total 7", "total " <> to_string(cart_total(prices)))
    assert_eq(prices, [3, 5])
    assert_ne(1, 1)
    assert(1 + 1 ==
      3)
  end

  test("goes on behind a panic") do
    println("${divide(0)}")
    println("not reached")
  end

  describe("inner") do
    setup do
      let more = List.append(prices, 5)
    end
    teardown do
      println("inner teardown ${more}")
    end
    test("sees both setups") do
      assert_eq(cart_total(more), 12)
      if true do return end
      assert(false)
    end
  end
end

test("its own mailbox") do
  send(self(), 42)
  send(self(), 43)
  assert_receive 43, 200
end

test("empty again") do
  assert_receive 42, 20
  assert_receive n
end

test("messages from others") do
  spawn(echo, self())
  assert_receive n, 5000
  send(self(), 7)
  let n = receive do
    m -> m + 1
  end
  assert_eq n, 8
end

test("raises") do
  assert_raises(fn() do divide(0) end)
  assert_raises fn -> assert(1 > 2) end
  assert_raises(fn -> 1 end)
  test_fail_msg("told so")
end

fn reply(parent :: Pid<String>, text :: String) -> String do
  send(parent, "re: " <> text)
  "ok"
end

test("mock actors") do
  let me = self()
  let mock = Test.mock_actor(fn text -> reply(me, text) end)
  send(mock, "hello")
  assert_receive "re: hello", 5000
end

test("a linked crash ends this test alone") do
  link(spawn(crash))
  Timer.sleep(5000)
  assert(false)
end
