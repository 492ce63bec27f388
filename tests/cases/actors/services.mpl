# Services: handlers, state, arguments and replies, what goes wrong in a call.

#@ case init, helpers, inferred and annotated handlers, names of handlers
struct Conf do
  name :: String
  limits :: Map<String, Int>
end

service Registry do
  fn init(conf :: Conf, extra) -> Map<String, Int> do
    println("init ${conf.name}")
    merge_one(conf.limits, extra)
  end

  fn merge_one(m :: Map<String, Int>, pair :: (String, Int)) -> Map<String, Int> do
    let (k, v) = pair
    Map.put(m, k, v)
  end

  call GetURL(key) do |m|
    (m, Map.get(m, key))
  end

  call Size do |m|
    (m, Map.size(m))
  end

  cast PutAll(pairs :: List<(String, Int)>) do |m|
    List.reduce(pairs, m, fn acc, p -> merge_one(acc, p) end)
  end

  cast Reset() do |_|
    Map.new()
  end

  call Const() :: String do
    (Map.new(), "no state")
  end
end

fn main() do
  let r = Registry.start(Conf { name: "main", limits: %{"a" => 1} }, ("b", 2))
  println("${Registry.get_u_r_l(r, "a")} ${r |> Registry.get_u_r_l("b")} ${Registry.get_u_r_l(r, "c")}")
  Registry.put_all(r, [("c", 3), ("d", 4)])
  println("${Registry.size(r)}")
  let get = Registry.get_u_r_l
  println("${get(r, "d")}")
  let reset = Registry.reset
  reset(r)
  println("${Registry.size(r)} ${Registry.const(r)} ${Registry.size(r)}")
end
#> init main
#> 1 2 0
#> 4
#> 4
#> 0 no state 0

#@ case replies and arguments of every type
type Tree do
  Leaf
  Node(Tree, Int, Tree)
end

struct Point do
  x :: Float
  y :: Float
  label :: Option<String>
end

service Echo do
  fn init() do
    0
  end

  call I(v :: Int) :: Int do |s| (s + 1, v) end
  call F(v :: Float) :: Float do |s| (s + 1, v) end
  call B(v :: Bool) :: Bool do |s| (s + 1, v) end
  call S(v :: String) :: String do |s| (s + 1, v) end
  call A(v :: Atom) :: Atom do |s| (s + 1, v) end
  call U() :: () do |s| (s + 1, ()) end
  call L(v :: List<Float>) :: List<Float> do |s| (s + 1, v) end
  call M(v :: Map<String, List<Int>>) :: Map<String, List<Int>> do |s| (s + 1, v) end
  call T(v :: (Int, String, Bool)) :: (Int, String, Bool) do |s| (s + 1, v) end
  call O(v :: Option<Point>) :: Option<Point> do |s| (s + 1, v) end
  call R(v :: Result<Tree, String>) :: Result<Tree, String> do |s| (s + 1, v) end
  call P(v :: Point) :: Point do |s| (s + 1, v) end
  call G(v :: Fun(Int) -> Int) :: Fun(Int) -> Int do |s| (s + 1, v) end
  call D(v :: Pid) :: Pid do |s| (s + 1, v) end
  call Many(a :: Int, b :: Float, c :: String, d :: Bool, e :: List<Int>, f :: Point, g :: Int, h :: String, i :: Float) :: String do |s|
    (s + 1, "${a} ${b} ${c} ${d} ${e} ${f.label} ${g} ${h} ${i}")
  end
  call Served() :: Int do |s| (s, s) end
end

fn depth(t :: Tree) -> Int do
  case t do
    Leaf -> 0
    Node(l, _, r) -> 1 + Math.max(depth(l), depth(r))
  end
end

fn main() do
  let e = Echo.start()
  let p = Point { x: 1.5, y: -0.25, label: Some("here") }
  println("${Echo.i(e, -7)} ${Echo.f(e, 2.5)} ${Echo.b(e, true)} ${Echo.b(e, false)} ${Echo.s(e, "text")} ${Echo.a(e, :atom)}")
  Echo.u(e)
  println("${Echo.l(e, [1.0, 2.5])} ${Echo.m(e, %{"k" => [1, 2]})} ${Echo.t(e, (1, "b", true))}")
  case Echo.o(e, Some(p)) do
    Some(q) -> println("${q.x} ${q.y} ${q.label}")
    None -> println("never")
  end
  case Echo.r(e, Ok(Node(Node(Leaf, 1, Leaf), 2, Leaf))) do
    Ok(t) -> println("depth ${depth(t)}")
    Err(m) -> println(m)
  end
  case Echo.r(e, Err("bad")) do
    Ok(t) -> println("depth ${depth(t)}")
    Err(m) -> println(m)
  end
  println("${Echo.p(e, p).x}")
  let k = 40
  let f = Echo.g(e, fn x -> x + k end)
  println("${f(2)} ${Echo.d(e, e) == e}")
  println(Echo.many(e, 1, 2.5, "three", true, [5], p, 7, "eight", 9.0))
  println("${Echo.served(e)}")
end
#> -7 2.5 true false text atom
#> [1, 2.5] %{k => [1, 2]} (1, b, true)
#> 1.5 -0.25 Some(here)
#> depth 2
#> bad
#> 1.5
#> 42 true
#> 1 2.5 three true [5] Some(here) 7 eight 9
#> 17

#@ case calls that cannot be answered crash the caller, casts are dropped
service Store do
  fn init(n :: Int) -> Int do
    n
  end

  call Get() :: Int do |n| (n, n) end
  call Div(by :: Int) :: Int do |n| (n, n / by) end
  call Twice(me :: Pid) :: Int do |n| (n, Store.get(me) * 2) end
  cast Add(k :: Int) do |n| n + k end
  cast Break() do |n| n / 0 end
end

service Other do
  call Get() :: Int do |n| (n, n) end
  cast Add(k :: Int) do |n| n + k end
end

actor sleeps() do
  Timer.sleep(1000000)
end

fn text(r :: Int!String) -> String do
  case r do
    Ok(v) -> "ok ${v}"
    Err(e) -> "err ${e}"
  end
end

fn tried(f :: Fun() -> Int) do
  println(text(Job.await(Job.async(f))))
end

fn main() do
  let nobody = Process.whereis("nobody")
  tried(fn () -> Store.get(nobody) end)
  Store.add(nobody, 1)
  let s = Store.start(10)
  let o = Other.start()
  tried(fn () -> Store.get(o) end)
  Store.add(o, 5)
  Other.add(s, 7)
  println("${Store.get(s)} ${Other.get(o)}")
  let a = spawn(sleeps)
  tried(fn () -> Store.get(a) end)
  Store.add(a, 1)
  Process.exit(a, "kill")
  tried(fn () -> Store.twice(s, s) end)
  tried(fn () -> Store.get(s) end)
  let d = Store.start(10)
  tried(fn () -> Store.div(d, 0) end)
  Store.add(d, 1)
  tried(fn () -> Store.div(d, 1) end)
  let e = Store.start(1)
  Store.break(e)
  Timer.sleep(30)
  tried(fn () -> Store.get(e) end)
  let f = Store.start(8)
  println("${Store.twice(Store.start(1), f)}")
end
#> err service call to dead process <0.0>
#> err service call to <0.3>: wrong service
#> 10 0
#> err service call to <0.5>: wrong service
#> err service process <0.2> terminated: service <0.2> called itself
#> err service call to dead process <0.2>
#> err service process <0.9> terminated: division by zero
#> err service call to dead process <0.9>
#> err service call to dead process <0.12>
#> 16
#! service call to dead process <0.0>

#@ case a handler that panics: the text of its callers, also of those that still wait
fn only_zero(0) = 0                                 # W: E0012

service Slow do
  fn init() -> Int do
    0
  end

  call Work(ms :: Int, bad :: Int) :: Int do |n|
    Timer.sleep(ms)
    (n, only_zero(bad))
  end
end

fn text(r :: Int!String) -> String do
  case r do
    Ok(v) -> "ok ${v}"
    Err(e) -> "err ${e}"
  end
end

fn main() do
  let s = Slow.start()
  let a = Job.async(fn () -> Slow.work(s, 50, 0) end)
  Timer.sleep(10)
  let b = Job.async(fn () -> Slow.work(s, 20, 1) end)
  Timer.sleep(10)
  let c = Job.async(fn () -> Slow.work(s, 20, 0) end)
  println(text(Job.await(a)))
  println(text(Job.await(b)))
  println(text(Job.await(c)))
end
#> ok 0
#> err service process <0.1> terminated: non-exhaustive match
#> err service process <0.1> terminated: non-exhaustive match
#! non-exhaustive match

#@ case a panic in main's call ends the program
service Store do
  call Div(by :: Int) :: Int do |n| (n, n / by) end
end

fn main() do
  let s = Store.start()
  println("before")
  println("${Store.div(s, 0)}")                    # P: service process <0.1> terminated: division by zero
end
#> before

#@ case a panic in init is the caller's
fn only_zero(0) = 0                                 # W: E0012

service Bad do
  fn init(n :: Int) -> Int do
    println("init ${n}")
    only_zero(n)
  end

  call Get() :: Int do |n| (n, n) end
end

fn main() do
  case Job.await(Job.async(fn () -> Bad.start(1) end)) do
    Ok(_) -> println("never")
    Err(e) -> println("err ${e}")
  end
  println("${Bad.get(Bad.start(0))}")
end
#> init 1
#> err non-exhaustive match
#> init 0
#> 0
#! non-exhaustive match

#@ case user messages to a service are discarded, delayed ones too
service Count do
  cast Tick() do |n| n + 1 end
  call Get() do |n| (n, n) end
end

fn main() do
  let c = Count.start()
  let untyped :: Pid = c
  send(untyped, 41)
  send(untyped, "text that is long enough to need memory of its own somewhere")
  send(c, ())
  Timer.send_after(untyped, 1, [1, 2, 3])
  Timer.send_after(untyped, 0, 0)
  Count.tick(c)
  Timer.sleep(30)
  println("${Count.get(c)}")
end
#> 1

#@ case the mailbox of an actor is not touched by its calls
service Echo do
  call Say(s :: String, ms :: Int) :: String do |n|
    Timer.sleep(ms)
    (n, s)
  end
end

actor client(e :: Pid, rounds :: Int) do
  let said = Echo.say(e, "reply ${rounds}", 5)
  println(said)
  receive do
    n -> println("message ${n + 0}")
  end
  if rounds > 1 do client(e, rounds - 1) else nil end
end

fn main() do
  let e = Echo.start()
  let c = spawn(client, e, 3)
  send(c, 10)
  send(c, 20)
  send(c, 30)
end
#> reply 3
#> message 10
#> reply 2
#> message 20
#> reply 1
#> message 30

#@ case handlers spawn, send, start services, and call other services
service Inner do
  fn init(k :: Int) -> Int do k end
  call Times(n :: Int) :: Int do |k| (k, k * n) end
end

actor reports(n :: Int) do
  println("actor ${n}")
end

service Outer do
  fn init() -> List<Pid> do
    [Inner.start(2), Inner.start(3)]
  end

  call All(n :: Int) :: List<Int> do |inner|
    (List.append(inner, Inner.start(List.length(inner) + 2)), List.map(inner, fn p -> Inner.times(p, n) end))
  end

  cast Report(n :: Int) do |inner|
    spawn(reports, n)
    inner
  end
end

fn main() do
  let o = Outer.start()
  println("${Outer.all(o, 10)}")
  println("${Outer.all(o, 10)}")
  Outer.report(o, 5)
end
#> [20, 30]
#> [20, 30, 40]
#> actor 5

#@ case services that wait for each other do not keep the program
service Ring do
  fn init(next :: Pid) -> Pid do next end
  call Go() :: Int do |next| (next, Ring.go(next)) end
  cast Close(p :: Pid) do |next| p end
end

actor asks(a :: Pid) do
  println("asking")
  println("never ${Ring.go(a)}")
end

fn main() do
  let a = Ring.start(Process.whereis("none"))
  let b = Ring.start(a)
  let c = Ring.start(b)
  Ring.close(a, c)
  spawn(asks, a)
  Timer.sleep(30)
  println("main ends")
end
#> asking
#> main ends

#@ case ten thousand requests in order, and state as large as wanted
service Log do
  fn init() -> List<Int> do [] end
  cast Add(n :: Int) do |l| List.append(l, n) end
  call Sum() :: Int do |l| (l, List.reduce(l, 0, fn acc, x -> acc * 3 % 1000003 + x end)) end
  call Sorted() :: Bool do |l| (l, l == Range.to_list(0..List.length(l))) end
  call Length() :: Int do |l| (l, List.length(l)) end
end

fn main() do
  let l = Log.start()
  for i in 0..10000 do
    Log.add(l, i)
  end
  println("${Log.length(l)} ${Log.sorted(l)}")
end
#> 10000 true
