# Jobs, timers, names, forms of spawn, the end of a program.

#@ case jobs give every type, are awaited twice and in any order, and nothing else is a job
struct Point do
  x :: Int
  name :: String
end

actor nothing() do
  nil
end

service S do
  call Get() :: Int do |n| (n, n) end
end

fn shown<T>(r :: Result<T, String>) -> String where T: Display do
  case r do
    Ok(v) -> "ok ${v}"
    Err(e) -> "err ${e}"
  end
end

fn main() do
  let k = 3
  let a = Job.async(fn () -> k * 2 end)
  let b = Job.async(fn () -> 2.5 end)
  let c = Job.async(fn () -> true end)
  let d = Job.async(fn () -> "text ${k}" end)
  let e = Job.async(fn () -> [Some((1, "a")), None] end)
  let f = Job.async(fn () -> %{"k" => [1.5]} end)
  let g = Job.async(fn () -> Point { x: k, name: "p" } end)
  let h = Job.async(fn () -> fn n -> n + k end end)
  let i = Job.async(fn () -> nil end)
  println("${shown(Job.await(f))} ${shown(Job.await(e))} ${shown(Job.await(d))} ${shown(Job.await(c))}")
  println("${shown(Job.await(b))} ${shown(Job.await(a))} ${shown(Job.await(a))} ${shown(Job.await_timeout(d, 0))}")
  case Job.await(g) do
    Ok(p) -> println("${p.x} ${p.name}")
    Err(_) -> println("never")
  end
  case Job.await(h) do
    Ok(add) -> println("${add(4)}")
    Err(_) -> println("never")
  end
  let _ = Job.await(i)
  let p = spawn(nothing)
  Timer.sleep(20)
  println("${shown(Job.await(Process.whereis("no")))} ${shown(Job.await(S.start()))}")
  let dead :: Pid = p
  println(shown(Job.await(dead)))
end
#> ok %{k => [1.5]} ok [Some((1, a)), None] ok text 3 ok true
#> ok 2.5 ok 6 ok 6 ok text 3
#> 3 p
#> 7
#> err not a job err not a job
#> err not a job

#@ case Job.map: input order, one slot of an error, empty, a thousand
fn only_even(n :: Int) -> Int do
  Timer.sleep(10 - n)
  10 / if n % 3 == 0 do 0 else n end
end

fn shown(r :: Int!String) -> String do
  case r do
    Ok(v) -> "${v}"
    Err(e) -> e
  end
end

fn main() do
  println(String.join(List.map(Job.map([1, 2, 3, 5], only_even), shown), ", "))
  println("${List.length(Job.map([], only_even))}")
  let k = 7
  let many = Job.map(Range.to_list(0..1000), fn n -> n * k end)
  println("${List.reduce(many, 0, fn acc, r -> case r do
    Ok(v) -> acc + v
    Err(_) -> acc
  end end)}")
  println("${Job.map(["a", "bb"], fn s -> (s, String.length(s)) end)}")
end
#> 10, 5, division by zero, 2
#> 0
#> 3496500
#> [Ok((a, 1)), Ok((bb, 2))]
#! division by zero

#@ case a job outlives its creator; a timeout polls; an await leaves the mailbox alone
actor creator() do
  let j = Job.async(fn () ->
    Timer.sleep(30)
    println("job ends")
    1
  end)
  println("creator ends")
end

actor awaits() do
  let j = Job.async(fn () ->
    Timer.sleep(20)
    "value"
  end)
  println("${Job.await_timeout(j, 0)} ${Job.await_timeout(j, -1)} ${Job.await_timeout(j, 2)}")
  println("${Job.await(j)}")
  receive do
    n -> println("message ${n + 0}")
  end
end

fn main() do
  spawn(creator)
  Timer.sleep(50)
  let a = spawn(awaits)
  send(a, 5)
end
#> creator ends
#> job ends
#> Err(timeout) Err(timeout) Err(timeout)
#> Ok(value)
#> message 5

#@ case a job that is ended by a link crashed
actor dies() do
  Timer.sleep(10)
  Process.exit(self(), "gone")
end

fn main() do
  let p = spawn(dies)
  let j = Job.async(fn () ->
    link(p)
    Timer.sleep(10000)
    1
  end)
  println("${Job.await(j)}")
end
#> Err(job crashed)

#@ case delayed messages: order of due times, ties in order, any type, dead targets
actor prints(left :: Int) do
  receive do
    s -> println(s)
  end
  if left > 1 do prints(left - 1) else nil end
end

actor pairs() do
  receive do
    (a, xs) -> println("${a} ${xs}")
  end
end

fn main() do
  let p = spawn(prints, 6)
  Timer.send_after(p, 30, "third")
  Timer.send_after(p, 15, "second a")
  Timer.send_after(p, 15, "second b")
  Timer.send_after(p, -5, "first a")
  Timer.send_after(p, 0, "first b")
  Timer.send_after(p, 60, "last")
  let q = spawn(pairs)
  Timer.send_after(q, 40, ("a tuple", [1, 2]))
  Timer.send_after(Process.whereis("nobody"), 100000, 1)
  let r = spawn(pairs)
  Process.exit(r, "kill")
  Timer.send_after(r, 100000, ("never", []))
  Timer.sleep(0)
  Timer.sleep(-1)
end
#> first a
#> first b
#> second a
#> second b
#> third
#> a tuple [1, 2]
#> last

#@ case names: several for one process, of others, refused, released
actor waits() do
  receive do
    () -> nil
  end
end

fn main() do
  let a = spawn(waits)
  let b = spawn(waits)
  println("${Process.register("x", a)} ${Process.register("y", a)} ${Process.register("X", b)} ${Process.register("", b)}")
  println("${Process.register("x", b)} ${Process.register("x", a)} ${Process.register("z", Process.whereis("none"))}")
  println("${Process.whereis("y") == a} ${Process.whereis("X") == b} ${Process.whereis("") == b} ${Process.whereis("Y")}")
  println("${Process.unregister("x")} ${Process.unregister("x")} ${Process.register("x", b)}")
  Process.exit(a, "kill")
  Timer.sleep(20)
  println("${Process.whereis("y")} ${Process.whereis("x") == b} ${Process.register("q", a)}")
end
#> 0 0 0 0
#> 1 1 1
#> true true true <0.0>
#> 0 1 0
#> <0.0> true 1

#@ case pids: text, equality, keys
actor waits() do
  receive do
    n -> println("${n + 0}")
  end
end

actor tells(other :: Pid<Int>) do
  println("${self()} ${other} ${[self()]} ${(other, 1)}")
end

fn main() do
  let a = spawn(waits)
  let b = spawn(waits)
  let untyped :: Pid = a
  println("${a} ${b} ${untyped} ${a == b} ${a != b} ${untyped == a}")
  let m = %{a => "a", b => "b"}
  println("${Map.get(m, b)} ${Set.size(Set.from_list([a, b, a]))} ${List.contains([a], b)}")
  spawn(tells, b)
end
#> <0.1> <0.2> <0.1> false true true
#> b 2 false
#> <0.3> <0.2> [<0.3>] (<0.2>, 1)

#@ case arguments of every type to an actor, also many, and from every place
struct Conf do
  name :: String
  rate :: Float
end

type Mode do
  Fast(Int)
  Slow
end

actor takes(i :: Int, f :: Float, b :: Bool, s :: String, c :: Conf, m :: Mode, t :: (Int, String), xs :: List<String>, mp :: Map<Int, String>, g :: Fun(Int) -> Int, p :: Pid, o :: Option<Conf>) do
  println("${i} ${f} ${b} ${s} ${c.name} ${c.rate} ${t} ${xs} ${mp} ${g(1)} ${p}")
  case m do
    Fast(n) -> println("fast ${n}")
    Slow -> println("slow")
  end
  case o do
    Some(x) -> println("${x.name}")
    None -> println("none")
  end
end

actor one(s :: String) do
  println(s)
end

actor pairs(a, b) do
  println("${a} ${b}")
end

fn chosen(first :: Bool) do
  if first do one else one end
end

fn started(s :: String) -> Pid do
  spawn(one, s)
end

fn main() do
  let k = 41
  spawn(takes, 1, 2.5, true, "s", Conf { name: "c", rate: 0.5 }, Fast(3), (7, "t"), ["x", "y"], %{1 => "one"}, fn x -> x + k end, Process.whereis("no"), Some(Conf { name: "inner", rate: 1.0 }))
  Timer.sleep(20)
  let f = one
  spawn(f, "through a name")
  Timer.sleep(10)
  spawn(chosen(true), "through a call")
  Timer.sleep(10)
  spawn(started, "by a function that gives a pid")
  Timer.sleep(10)
  List.map(["closure"], fn s -> spawn(one, s) end)
  Timer.sleep(10)
  spawn(pairs, 1, "x")
  Timer.sleep(10)
  spawn(pairs, [1], 2.5)
end
#> 1 2.5 true s c 0.5 (7, t) [x, y] %{1 => one} 42 <0.0>
#> fast 3
#> inner
#> through a name
#> through a call
#> by a function that gives a pid
#> closure
#> 1 x
#> [1] 2.5

#@ case at the end: what waits is shut down, newest first, services last, and serves what it was sent
service Log do
  fn init() -> List<String> do [] end
  cast Add(s :: String) do |l|
    println("log ${s}")
    List.append(l, s)
  end
  call Size() :: Int do |l| (l, List.length(l)) end
end

actor listener(log :: Pid) do
  receive do
    a -> receive do
      b -> println("listener got ${a <> ""} and ${b <> ""}, ${Log.size(log)} logged")
    end
  end
  listener(log)
terminate do
  println("listener ends")
end
end

actor waits(name :: String, log :: Pid, l :: Pid) do
  receive do
    () -> nil
  end
terminate do
  println("${name} ends, ${Log.size(log)} so far")
  Log.add(log, name)
  send(l, name)
end
end

fn main() do
  let log = Log.start()
  let l = spawn(listener, log)
  spawn(waits, "first", log, l)
  spawn(waits, "second", log, l)
  Timer.sleep(20)
  println("main ends")
end
#> main ends
#> second ends, 0 so far
#> log second
#> first ends, 1 so far
#> log first
#> listener got second and first, 2 logged
#> listener ends

#@ case at the end: sleepers, timeouts and delayed messages still count
actor sleeper() do
  Timer.sleep(60)
  println("slept")
end

actor timeout() do
  receive do
    () -> nil
  after 30 -> println("timed out") end
end

actor delayed() do
  receive do
    n -> println("delayed ${n + 0}")
  end
end

actor pair(other :: Pid) do
  receive do
    n -> send(other, n)
  end
end

fn main() do
  spawn(sleeper)
  spawn(timeout)
  Timer.send_after(spawn(delayed), 90, 1)
  spawn(pair, spawn(pair, Process.whereis("no")))
  let j = Job.async(fn () ->
    Timer.sleep(120)
    println("job")
    1
  end)
  println("main")
end
#> main
#> timed out
#> slept
#> delayed 1
#> job

#@ case a panic in main: no drain, no terminate blocks, status 134
actor waits() do
  receive do
    () -> nil
  end
terminate do
  println("never")
end
end

actor sleeps() do
  Timer.sleep(50)
  println("never")
end

fn main() do
  spawn(waits)
  spawn(sleeps)
  Timer.sleep(10)
  print("unfinished line")
  let n = 1 / (List.length([]) * 1)                 # P: division by zero
  println("${n}")
end
#> unfinished line
#@ unterminated

#@ case the text and the backtrace of a panic, in an actor and in a job
fn inner(n :: Int) -> Int do
  1 + 10 / n
end

fn outer(n :: Int) -> Int do
  2 + inner(n - 1)
end

actor breaks(n :: Int) do
  println("${outer(n)}")
end

fn main() do
  spawn(breaks, 1)
  Timer.sleep(30)
  println("${Job.await(Job.async(fn () -> outer(1) end))}")
end
#> Err(division by zero)
#! Mesh panic at
#! division by zero
#! at inner (
