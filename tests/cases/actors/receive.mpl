# Selective receive: patterns, guards, order, timeouts.

#@ case every pattern of a case is a pattern of a receive
type Shape do
  Circle(Float)
  Rect(Int, Int)
  Tagged(String, Shape)
  Many(List<Int>)
  Blank
end deriving(Eq, Debug)

actor matcher(left :: Int) do
  receive do
    Blank -> println("blank")
    Rect(0, _) | Rect(_, 0) -> println("flat")
    Rect(-1, n) -> println("minus one ${n}")
    Rect(a, b) when a == b -> println("square ${a}")
    Circle(1.5) -> println("one and a half")
    Circle(r) when r < 0.0 -> println("negative ${r}")
    Tagged("big", Rect(a, b)) -> println("big ${a * b}")
    Tagged(name, Tagged(inner, Blank)) -> println("${name} of ${inner}")
    Many([]) -> println("no numbers")
    Many([x]) -> println("one number ${x}")
    Many([1, 2, c]) -> println("one two ${c}")
    Many(h :: t) -> println("${h} and ${List.length(t)} more")
    Rect(a, b) as whole when a > 1000 -> println("large ${whole == Rect(a, b)} ${b}")
    other -> println("other")
  end
  if left > 1 do matcher(left - 1) else nil end
end

fn main() do
  let m = spawn(matcher, 15)
  send(m, Blank)
  send(m, Rect(0, 5))
  send(m, Rect(5, 0))
  send(m, Rect(-1, 5))
  send(m, Rect(4, 4))
  send(m, Circle(1.5))
  send(m, Circle(-2.25))
  send(m, Tagged("big", Rect(6, 7)))
  send(m, Tagged("a", Tagged("b", Blank)))
  send(m, Many([]))
  send(m, Many([8]))
  send(m, Many([1, 2, 3]))
  send(m, Many([7, 7, 7, 7]))
  send(m, Rect(2000, 1))
  send(m, Tagged("small", Blank))
end
#> blank
#> flat
#> flat
#> minus one 5
#> square 4
#> one and a half
#> negative -2.25
#> big 42
#> a of b
#> no numbers
#> one number 8
#> one two 3
#> 7 and 3 more
#> large true 1
#> other

#@ case literals of every type select messages
fn begins(s :: String) -> Bool do
  String.starts_with(s, "go")
end

actor texts() do
  receive do
    "stop" -> println("stop first")
  end
  receive do
    "" -> println("empty text")
    s when begins(s) -> println("a text with go: ${s}")
  end
  receive do
    s -> println("the oldest left: ${s}")
  end
end

actor floats() do
  receive do
    2.5 -> println("2.5")
  end
  receive do
    x -> println("then ${x}")
  end
end

actor flags() do
  receive do
    false -> println("false")
  end
  receive do
    true -> println("true")
  end
end

actor atoms() do
  receive do
    :second -> println("second")
  end
  receive do
    :first -> println("first")
  end
end

actor tuples() do
  receive do
    (1, _, true) -> println("never")
    (n, ("x", [a, b]), false) -> println("${n} ${a}${b}")
  end
  receive do
    (n, (s, xs), b) -> println("${n} ${s} ${xs} ${b}")
  end
end

actor options() do
  receive do
    Some(n) when n > 5 -> println("some ${n}")
  end
  receive do
    None -> println("none")
  end
  receive do
    Some(n) -> println("some ${n}")
    None -> println("never")
  end
end

actor results() do
  receive do
    Err(_) -> println("err")
  end
  receive do
    Ok((a, b)) -> println("ok ${a} ${b}")
    Err(e) -> println("never ${e}")
  end
end

fn main() do
  let t = spawn(texts)
  send(t, "first")
  send(t, "go on")
  send(t, "stop")
  Timer.sleep(20)
  let f = spawn(floats)
  send(f, 0.5)
  send(f, 2.5)
  Timer.sleep(20)
  let b = spawn(flags)
  send(b, true)
  send(b, false)
  Timer.sleep(20)
  let a = spawn(atoms)
  send(a, :first)
  send(a, :second)
  Timer.sleep(20)
  let p = spawn(tuples)
  send(p, (2, ("y", [1, 2]), false))
  send(p, (3, ("x", ["p", "q"] |> List.map(fn s -> String.length(s) end)), false))
  Timer.sleep(20)
  let o = spawn(options)
  send(o, Some(1))
  send(o, None)
  send(o, Some(6))
  Timer.sleep(20)
  let r = spawn(results)
  send(r, Ok((1, "one")))
  send(r, Err("bad"))
end
#> stop first
#> a text with go: go on
#> the oldest left: first
#> 2.5
#> then 0.5
#> false
#> true
#> second
#> first
#> 3 11
#> 2 y [1, 2] false
#> some 6
#> none
#> some 1
#> err
#> ok 1 one

#@ case what no arm accepts stays in order
actor sorted(n :: Int) do
  if n > 5 do
    drain()
  else
    receive do
      x when x == n -> println("took ${x}")
    end
    sorted(n + 1)
  end
end

fn drain() do
  println("done")
end

actor evens_then_odds(left :: Int, odd :: Bool) do
  if left == 0 do
    if odd do println("end") else evens_then_odds(3, true) end
  else
    receive do
      (a, b) when (a % 2 == 1) == odd -> println("${a} ${b}")
    end
    evens_then_odds(left - 1, odd)
  end
end

fn main() do
  let s = spawn(sorted, 1)
  for x in [5, 4, 3, 2, 1] do
    send(s, x)
  end
  Timer.sleep(30)
  let e = spawn(evens_then_odds, 3, false)
  for p in [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")] do
    send(e, p)
  end
end
#> took 1
#> took 2
#> took 3
#> took 4
#> took 5
#> done
#> 2 b
#> 4 d
#> 6 f
#> 1 a
#> 3 c
#> 5 e
#> end

#@ case a receive inside an arm, a guard with calls, a closure and a loop
fn is_prime(n :: Int) -> Bool do
  n > 1 and List.all(List.filter([2, 3, 5, 7], fn d -> d < n end), fn d -> n % d != 0 end)
end

actor nested() do
  receive do
    n when is_prime(n) ->
      let m = receive do
        k when k > n -> k * 10
      end
      println("prime ${n}, then ${m}")
  end
  let next = fn () -> receive do
    x -> x
  end end
  println("closure ${next()} ${next()}")
  for i in 0..2 do
    let got = receive do
      x -> x
    end
    println("loop ${i} ${got}")
  end
  let sum = List.reduce([1, 2], 0, fn acc, _ -> acc + receive do
    x -> x
  end end)
  println("sum ${sum}")
  let mut = while_loop(0)
  println("after ${mut}")
end

fn while_loop(n :: Int) -> Int do
  n + 1
end

fn main() do
  let p = spawn(nested)
  send(p, 4)
  send(p, 5)
  send(p, 1)
  send(p, 9)
  send(p, 20)
  send(p, 30)
  send(p, 40)
  send(p, 50)
end
#> prime 5, then 90
#> closure 4 1
#> loop 0 20
#> loop 1 30
#> sum 90
#> after 1

#@ case after 0 tests the queue once
actor polls() do
  let a = receive do
    n when n > 100 -> "big"
  after 0 -> "nothing" end
  println(a)
  receive do
    n -> println("first ${n}")
  end
  let b = receive do
    n when n > 100 -> "big ${n}"
  after 0 ->
    "nothing"
  end
  println(b)
  let c = receive do
    n -> "left ${n}"
  after -5 -> "negative is 0" end
  println(c)
  let d = receive do
    n -> "left ${n}"
  after -5 -> "negative is 0" end
  println(d)
  receive do
  after 1 -> println("only after") end
  receive do
  after 0 -> do
    println("a block")
  end
  end
end

fn main() do
  let p = spawn(polls)
  Timer.sleep(30)
  send(p, 1)
  send(p, 2)
  send(p, 200)
end
#> nothing
#> first 1
#> big 200
#> left 2
#> negative is 0
#> only after
#> a block

#@ case the delay is evaluated once, and arrivals that do not match do not restart it
fn delay(n :: Int) -> Int do
  println("delay")
  n
end

actor patient() do
  receive do
    0 -> println("never")
  after delay(80) -> println("timeout") end
  println("queued ${count(0)}")
end

fn count(n :: Int) -> Int do
  n
end

actor noise(p :: Pid<Int>, left :: Int) do
  send(p, left)
  Timer.sleep(10)
  if left > 1 do noise(p, left - 1) else println("noise over") end
end

fn main() do
  let p = spawn(patient)
  spawn(noise, p, 20)
end
#> delay
#> timeout
#> queued 0
#> noise over

#@ case arms that loop, return, and give values
actor machine(state :: Int, log :: List<String>) do
  receive do
    ("add", n) -> machine(state + n, List.append(log, "add"))
    ("set", n) when n < 0 -> println("refused")
    ("set", n) -> machine(n, List.append(log, "set"))
    ("end", _) -> println("${state} ${log}")
    _ -> machine(state, log)
  end
end

fn main() do
  let m = spawn(machine, 0, [])
  send(m, ("add", 5))
  send(m, ("what", 0))
  send(m, ("set", 100))
  send(m, ("add", 11))
  send(m, ("end", 0))
  send(m, ("set", -1))
  let k = spawn(machine, 1, ["x"])
  Timer.sleep(20)
  send(k, ("set", -1))
end
#> 111 [add, set, add]
#> refused

#@ case a self call outside of the tail position runs the body in the same actor
actor tower(depth :: Int) do
  if depth > 0 do
    tower(depth - 1)
    println("back in ${depth}")
  else
    let n = receive do
      x -> x
    end
    println("bottom ${n}")
  end
end

fn main() do
  let t = spawn(tower, 3)
  send(t, 9)
end
#> bottom 9
#> back in 1
#> back in 2
#> back in 3

#@ case a message of another type through an untyped pid is discarded
actor ints() do
  receive do
    n -> println("int ${n + 1}")
  end
end

actor forward(to :: Pid) do
  send(to, "text")
  send(to, [1])
  send(to, 41)
end

fn main() do
  let p = spawn(ints)
  spawn(forward, p)
end
#> int 42
#! [mesh-rt] actor <0.1>: discarded message of unexpected type

#@ case an actor that ignores its messages takes any type
actor ignores(left :: Int) do
  receive do
    _ -> println("something")
  end
  if left > 1 do ignores(left - 1) else nil end
end

fn main() do
  let p = spawn(ignores, 3)
  send(p, 1)
  send(p, "x")
  send(p, [Some(1.5)])
end
#> something
#> something
#> something

#@ case sends of parts of one type settle the message type together
actor results() do
  receive do
    Ok(v) -> println("ok ${v}")
    Err(e) -> println("err ${e}")
  end
  results()
end

actor pairs() do
  receive do
    (Some(a), b) -> println("${a} ${b}")
    (None, b) -> println("none ${b}")
  end
  pairs()
end

fn main() do
  let r = spawn(results)
  send(r, Ok((1, "one")))
  send(r, Err("bad"))
  Timer.sleep(20)
  let p = spawn(pairs)
  send(p, (None, []))
  send(p, (Some(1.5), [2]))
end
#> ok (1, one)
#> err bad
#> none []
#> 1.5 [2]

#@ case only a process that ignores its messages takes several types
actor prints() do
  receive do
    m -> println("${m}")
  end
end

actor relays(to) do
  receive do
    m -> send(to, m)
  end
end

fn main() do
  let p = spawn(prints)
  send(p, 1)
  send(p, "x")                              # E: E0014 expected Int, found String
  let r = spawn(relays, p)
  send(r, 1)
  send(r, "x")                              # E: E0014 expected Int, found String
end

#@ case messages of an unknown type are sent on
actor relays(to, left :: Int) do
  receive do
    m -> send(to, m)
  end
  if left > 1 do relays(to, left - 1) else nil end
end

actor texts() do
  receive do
    s -> println("text ${s <> "!"}")
  end
  texts()
end

fn main() do
  let t = spawn(texts)
  let inner = spawn(relays, t, 2)
  let outer = spawn(relays, inner, 2)
  send(outer, "a text that is longer than what fits into one node of a mailbox")
  send(outer, "b")
end
#> text a text that is longer than what fits into one node of a mailbox!
#> text b!

#@ case typed and untyped pids inside of messages agree
struct Request do
  id :: Int
  from :: Pid
end

actor pairs() do
  receive do
    (n, from) -> answer(from, n)
  end
  pairs()
end

fn answer(p :: Pid, n :: Int) do
  send(p, n * 2)
end

actor options(x :: Int) do
  receive do
    Some([(n, from)]) -> answer(from, n + x)
    _ -> println("never")
  end
end

actor requests() do
  receive do
    r -> answer(r.from, r.id)
  end
end

actor clients(a :: Pid, b, c :: Pid<Request>, then :: Int) do
  send(a, (1, self()))
  send(b, Some([(2, self())]))
  send(c, Request { id: 3, from: self() })
  receive do
    2 -> println("from the pairs")
  end
  receive do
    14 -> println("from the options")
  end
  receive do
    6 -> println("from the requests")
  end
end

fn main() do
  spawn(clients, spawn(pairs), spawn(options, 5), spawn(requests), 0)
end
#> from the pairs
#> from the options
#> from the requests
