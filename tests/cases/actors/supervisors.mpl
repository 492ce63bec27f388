# Supervisors: strategies, kinds of restart, shutdown, intensity, nesting.

#@ case one_for_one restarts only the child that crashed, with its arguments and captures
service Log do
  call Next(name :: String) :: Int do |m|
    (m + 1, m)
  end
end

actor worker(name :: String, report :: Pid, ready :: Pid) do
  let _ = Process.register(name, self())
  send(report, "${name} starts")
  receive do
    "crash" -> println("${List.head(List.drop([1], 1))}")
    "end" -> nil
  end
terminate do
  send(report, "${name} ends")
end
end

actor printer() do
  receive do
    s -> println(s)
  end
  printer()
end

fn start(name :: String) -> Pid do
  let printer = Process.whereis("printer")
  let p = spawn(worker, name, printer, printer)
  Timer.sleep(5)
  p
end

supervisor Pair do
  strategy: one_for_one

  child a do
    start: fn -> start("a") end
  end

  child b do
    start: fn ->
      let name = "b"
      start(name)
    end
    restart: permanent
    shutdown: 1000
  end
end

fn main() do
  let _ = Process.register("printer", spawn(printer))
  spawn(Pair)
  Timer.sleep(30)
  send(Process.whereis("b"), "crash")
  Timer.sleep(30)
  send(Process.whereis("a"), "end")
  Timer.sleep(30)
  println("main ends")
end
#> a starts
#> b starts
#> b ends
#> b starts
#> a ends
#> a starts
#> main ends
#> b ends
#> a ends
#! mesh_list_head: empty list

#@ case the order of stops and starts: one_for_all, rest_for_one, one_for_one
actor worker(name :: String) do
  println("+${name}")
  let _ = Process.register(name, self())
  receive do
    0 -> println("${1 / 0}")
    n -> println("never ${n}")
  end
terminate do
  println("-${name}")
end
end

fn start(name :: String) -> Pid do
  let p = spawn(worker, name)
  Timer.sleep(5)
  p
end

supervisor All do
  strategy: one_for_all
  child a do start: fn -> start("a") end end
  child b do start: fn -> start("b") end end
  child c do start: fn -> start("c") end end
end

supervisor Rest do
  strategy: rest_for_one
  child p do start: fn -> start("p") end end
  child q do start: fn -> start("q") end end
  child r do start: fn -> start("r") end end
  child s do start: fn -> start("s") end end
end

supervisor Simple do
  strategy: simple_one_for_one
  child x do start: fn -> start("x") end end
  child y do start: fn -> start("y") end end
end

fn crash(name :: String) do
  println("crash ${name}")
  send(Process.whereis(name), 0)
  Timer.sleep(50)
end

fn main() do
  let all = spawn(All)
  Timer.sleep(40)
  crash("b")
  Process.exit(all, "shutdown")
  Timer.sleep(40)
  let rest = spawn(Rest)
  Timer.sleep(40)
  crash("q")
  crash("p")
  Process.exit(rest, "shutdown")
  Timer.sleep(40)
  spawn(Simple)
  Timer.sleep(40)
  crash("x")
end
#> +a
#> +b
#> +c
#> crash b
#> -b
#> -c
#> -a
#> +a
#> +b
#> +c
#> -c
#> -b
#> -a
#> +p
#> +q
#> +r
#> +s
#> crash q
#> -q
#> -s
#> -r
#> +q
#> +r
#> +s
#> crash p
#> -p
#> -s
#> -r
#> -q
#> +p
#> +q
#> +r
#> +s
#> -s
#> -r
#> -q
#> -p
#> +x
#> +y
#> crash x
#> -x
#> +x
#> -y
#> -x
#! division by zero

#@ case a crash in the middle with children that start asynchronously
actor worker(name :: String) do
  let _ = Process.register(name, self())
  receive do
    0 -> println("${1 / 0}")
    _ -> nil
  end
end

supervisor One do
  strategy: one_for_all
  child a do
    start: fn -> spawn(worker, "a") end
    restart: transient
  end
  child b do
    start: fn -> spawn(worker, "b") end
    restart: temporary
  end
  child c do
    start: fn -> spawn(worker, "c") end
    restart: transient
  end
end

fn alive() -> String do
  String.join(List.filter(["a", "b", "c"], fn n -> Process.whereis(n) != Process.whereis("-") end), ",")
end

fn tell(name :: String, n :: Int) do
  send(Process.whereis(name), n)
  Timer.sleep(30)
  println("${name} ${n}: ${alive()}")
end

fn main() do
  spawn(One)
  Timer.sleep(30)
  println(alive())
  tell("c", 1)
  tell("b", 0)
  tell("a", 0)
end
#> a,b,c
#> c 1: a,b
#> b 0: a
#> a 0: a,c
#! division by zero

#@ case intensity: the fourth restart within the window exceeds, and kills the rest
actor flaky() do
  Timer.sleep(5)
  println("flaky")
  println("${1 / 0}")
end

actor steady() do
  receive do
    () -> nil
  end
terminate do
  println("steady ends")
end
end

supervisor Sup do
  child steady do start: fn -> spawn(steady) end end
  child flaky do start: fn -> spawn(flaky) end end
end

actor watcher() do
  let s = spawn(Sup)
  let ref = Process.monitor(s)
  receive do
    (:down, r, p, why) -> println("${r == ref} ${p == s} ${why}")
  end
end

fn main() do
  spawn(watcher)
end
#> flaky
#> flaky
#> flaky
#> flaky
#> steady ends
#> true true restart limit exceeded: 3 restarts in 5 seconds
#! [mesh-rt] supervisor <0.2> (Sup): restart limit exceeded: 3 restarts in 5 seconds

#@ case no restarts allowed, and normal ends of a permanent child count
actor quick(n :: Int) do
  println("quick")
end

supervisor None_ do
  max_restarts: 0
  max_seconds: 9
  child q do start: fn -> spawn(quick, 1) end end
end

fn main() do
  spawn(None_)
  Timer.sleep(50)
  println("end")
end
#> quick
#> end
#! (None_): restart limit exceeded: 0 restarts in 9 seconds

#@ case the window slides
service Count do
  call Next() :: Int do |n| (n + 1, n + 1) end
end

actor flaky() do
  Timer.sleep(550)
  let n = Count.next(Process.whereis("count"))
  println("flaky ${n}")
  println("${1 / if n > 3 do 1 else 0 end}")
  receive do
    () -> nil
  end
end

supervisor Slow do
  max_restarts: 2
  max_seconds: 1
  child f do start: fn -> spawn(flaky) end end
end

fn main() do
  let _ = Process.register("count", Count.start())
  spawn(Slow)
end
#> flaky 1
#> flaky 2
#> flaky 3
#> flaky 4
#> 1
#! division by zero

#@ case shutdown: in time, too late, brutal
actor slow_to_end(name :: String) do
  receive do
    () -> nil
  end
terminate do
  println("${name} ends")
end
end

actor stubborn() do
  Process.trap_exit(true)
  receive do
    (:exit, _, why) -> println("stubborn got ${why}")
  end
  stubborn()
terminate do
  println("stubborn ends")
end
end

actor traps_and_leaves() do
  Process.trap_exit(true)
  receive do
    (:exit, _, why) -> println("polite got ${why}")
  end
terminate do
  println("polite ends")
end
end

actor brutally() do
  Process.trap_exit(true)
  receive do
    (:exit, _, why) -> println("never ${why}")
  end
terminate do
  println("killed")
end
end

supervisor Sup do
  child one do
    start: fn -> spawn(slow_to_end, "one") end
  end
  child two do
    start: fn -> spawn(stubborn) end
    shutdown: 30
  end
  child three do
    start: fn -> spawn(traps_and_leaves) end
    shutdown: 5000
  end
  child four do
    start: fn -> spawn(brutally) end
    shutdown: brutal_kill
  end
end

actor watcher(why :: String) do
  let s = spawn(Sup)
  Timer.sleep(20)
  let ref = Process.monitor(s)
  Process.exit(s, why)
  receive do
    (:down, _, _, text) -> println("supervisor: ${text}")
  end
end

fn main() do
  spawn(watcher, "shutdown")
end
#> killed
#> polite got shutdown
#> polite ends
#> stubborn got shutdown
#> stubborn ends
#> one ends
#> supervisor: shutdown

#@ case a child that cannot start: the started ones end, the supervisor fails
fn broken() -> Pid do
  println("${1 / 0}")
  Process.whereis("x")
end

actor good(name :: String) do
  receive do
    () -> nil
  end
terminate do
  println("${name} ends")
end
end

supervisor Sup do
  child a do start: fn -> spawn(good, "a") end end
  child b do start: fn -> spawn(good, "b") end end
  child c do start: fn -> broken() end end
  child d do start: fn -> spawn(good, "d") end end
end

actor watcher() do
  let s = spawn(Sup)
  let ref = Process.monitor(s)
  receive do
    (:down, r, _, why) -> println("${r == ref} ${why}")
  end
end

fn main() do
  spawn(watcher)
end
#> b ends
#> a ends
#> true child 'c' failed to start: division by zero
#! division by zero

#@ case nested supervisors: an inner failure is a crash for the outer, which starts it afresh
actor leaf(name :: String, delay :: Int) do
  Timer.sleep(delay + 5)
  println("+${name}")
  let _ = Process.register(name, self())
  receive do
    _ -> println("${1 / 0}")
  end
terminate do
  println("-${name}")
end
end

supervisor Inner do
  max_restarts: 1
  child x do start: fn -> spawn(leaf, "x", 10) end end
  child y do start: fn -> spawn(leaf, "y", 20) end end
end

supervisor Outer do
  strategy: rest_for_one
  child first do start: fn -> spawn(leaf, "first", 0) end end
  child inner do
    start: fn -> spawn(Inner) end
    shutdown: 20000
  end
  child last do start: fn -> spawn(leaf, "last", 30) end end
end

fn crash(name :: String) do
  println("crash ${name}")
  send(Process.whereis(name), 1)
  Timer.sleep(80)
end

fn main() do
  spawn(Outer)
  Timer.sleep(80)
  crash("x")
  crash("x")
  crash("x")
  println("main ends")
end
#> +first
#> +x
#> +y
#> +last
#> crash x
#> -x
#> +x
#> crash x
#> -x
#> -y
#> -last
#> +x
#> +y
#> +last
#> crash x
#> -x
#> +x
#> main ends
#> -last
#> -y
#> -x
#> -first
#! (Inner): restart limit exceeded: 1 restarts in 5 seconds

#@ case a supervisor that is killed takes its children with it
actor leaf(name :: String) do
  receive do
    () -> nil
  end
terminate do
  println("-${name}")
end
end

supervisor Inner do
  child x do start: fn -> spawn(leaf, "x") end end
end

supervisor Outer do
  child inner do start: fn -> spawn(Inner) end end
end

fn main() do
  let o = spawn(Outer)
  Timer.sleep(20)
  Process.exit(o, "kill")
  Timer.sleep(30)
  println("main ends")
  Process.exit(o, "kill")
end
#> -x
#> main ends

#@ case what a start closure spawns besides the child is not supervised; services and jobs as children
service Counter do
  fn init(n :: Int) -> Int do n end
  call Next() :: Int do |n| (n + 1, n) end
  cast Stop() do |n| n / 0 end
end

actor helper() do
  receive do
    () -> nil
  end
terminate do
  println("helper ends")
end
end

actor fleeting() do
  nil
end

fn counter(name :: String, from :: Int) -> Pid do
  spawn(fleeting)
  let h = spawn(helper)
  let c = Counter.start(from)
  let _ = Process.register(name, c)
  c
end

supervisor Sup do
  strategy: one_for_all
  child one do start: fn -> counter("one", 10) end end
  child two do start: fn -> counter("two", 20) end end
end

fn next(name :: String) -> Int do
  Counter.next(Process.whereis(name))
end

fn main() do
  spawn(Sup)
  Timer.sleep(30)
  println("${next("one")} ${next("one")} ${next("two")}")
  Counter.stop(Process.whereis("one"))
  Timer.sleep(40)
  println("${next("one")} ${next("two")}")
end
#> 10 11 20
#> 10 20
#> helper ends
#> helper ends
#> helper ends
#> helper ends
#! division by zero

#@ case a child that is gone before it can be watched is started again
actor once() do
  println("once")
end

fn start_dead() -> Pid do
  let p = spawn(once)
  Timer.sleep(10)
  p
end

supervisor Sup do
  max_restarts: 2
  child c do start: fn -> start_dead() end end
end

fn main() do
  spawn(Sup)
  Timer.sleep(100)
  println("end")
end
#> once
#> once
#> once
#> end
#! restart limit exceeded: 2 restarts in 5 seconds
