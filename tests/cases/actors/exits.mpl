# Links, monitors, exit reasons, terminate blocks.

#@ case a monitor tells once, with the reason
fn only_zero(0) = 0             # W: E0012

actor quits() do
  receive do
    "panic" -> println("${only_zero(1)}")
    "divide" -> println("${10 / only_zero(0)}")
    "head" -> println("${List.head(List.filter([1], fn x -> x > 1 end))}")
    _ -> println("returns")
  end
end

actor watches(message :: String) do
  let p = spawn(quits)
  let a = Process.monitor(p)
  let b = Process.monitor(p)
  send(p, message)
  receive do
    (:down, ref, pid, why) when ref == b -> println("b: ${pid == p} ${why}")
  end
  receive do
    (:down, ref, pid, why) -> println("a: ${ref == a} ${pid == p} ${why}")
  after 1000 -> println("lost")
  end
  receive do
    (:down, _, _, _) -> println("doubled")
  after 10 -> nil
  end
  println("${a > 0 and b > 0 and a != b} ${Process.demonitor(a)}")
end

fn main() do
  spawn(watches, "end")
  Timer.sleep(40)
  spawn(watches, "panic")
  Timer.sleep(40)
  spawn(watches, "divide")
  Timer.sleep(40)
  spawn(watches, "head")
end
#> returns
#> b: true normal
#> a: true true normal
#> true 1
#> b: true non-exhaustive match
#> a: true true non-exhaustive match
#> true 1
#> b: true division by zero
#> a: true true division by zero
#> true 1
#> b: true mesh_list_head: empty list
#> a: true true mesh_list_head: empty list
#> true 1
#! Mesh panic at

#@ case every reason of an exit, trapped
actor sleeper() do
  receive do
    () -> nil
  end
end

actor reasons(left :: List<String>) do
  Process.trap_exit(true)
  case left do
    [] -> println("end")
    why :: rest ->
      let p = spawn(sleeper)
      link(p)
      link(p)
      Process.exit(p, why)
      receive do
        (:exit, pid, text) -> println("${why}: ${pid == p} ${text}")
      end
      receive do
        (:exit, _, text) -> println("twice")
      after 5 -> nil
      end
      reasons(rest)
  end
end

fn main() do
  spawn(reasons, ["normal", "shutdown", "kill", "killed", "custom reason", ""])
end
#> normal: true normal
#> shutdown: true shutdown
#> kill: true killed
#> killed: true killed
#> custom reason: true custom reason
#> : true 
#> end

#@ case exits sent to a process that traps are messages, but for kill
actor traps() do
  Process.trap_exit(true)
  receive do
    (:exit, from, why) -> println("asked by ${from != self()}: ${why}")
  end
  traps()
terminate do
  println("killed")
end
end

actor asks(p :: Pid) do
  Process.exit(p, "please")
  Process.exit(p, "shutdown")
  Process.exit(p, "normal")
  Timer.sleep(40)
  Process.exit(p, "kill")
  let ref = Process.monitor(p)
  receive do
    (:down, r, _, why) -> println("${r == ref} ${why == "killed" or why == "noproc"}")
  end
end

fn main() do
  let p = spawn(traps)
  Timer.sleep(20)
  spawn(asks, p)
end
#> asked by true: please
#> asked by true: shutdown
#> asked by true: normal
#> killed
#> true true

#@ case a process without trap ends with what it is sent
actor waits(name :: String) do
  receive do
    n -> println("never ${n + 1}")
  end
terminate do
  println("${name} ends")
end
end

actor sleeps(name :: String) do
  Timer.sleep(100000)
terminate do
  println("${name} ends")
end
end

actor spins(name :: String, n :: Int) do
  spins(name, n + 1)
terminate do
  println("${name} ends")
end
end

actor deep(name :: String) do
  println("${descend(100000000, 0)}")
terminate do
  println("${name} ends")
end
end

fn descend(n :: Int, acc :: Int) -> Int do
  if n == 0 do acc else descend(n - 1, (acc * 31 + n) % 1000003) end
end

actor ends(p :: Pid, why :: String, then :: Pid) do
  let ref = Process.monitor(p)
  Process.exit(p, why)
  receive do
    (:down, _, _, text) -> println("down ${text}")
  end
  send(then, why)
end

actor conductor() do
  Process.trap_exit(false)
  let a = spawn(waits, "waiting")
  spawn(ends, a, "custom", self())
  receive do
    s -> println("= ${s <> ""}")
  end
  let b = spawn(sleeps, "sleeping")
  spawn(ends, b, "shutdown", self())
  receive do
    s -> println("= ${s}")
  end
  let c = spawn(spins, "spinning", 0)
  spawn(ends, c, "kill", self())
  receive do
    s -> println("= ${s}")
  end
  let d = spawn(waits, "told normal")
  spawn(ends, d, "normal", self())
  receive do
    s -> println("= ${s}")
  end
end

fn main() do
  spawn(conductor)
end
#> waiting ends
#> down custom
#> = custom
#> sleeping ends
#> down shutdown
#> = shutdown
#> spinning ends
#> down killed
#> = kill
#> told normal ends
#> down normal
#> = normal

#@ case a crash goes along the links, and tells its reason
fn only_zero(0) = 0             # W: E0012

actor last(report :: Pid) do
  Process.trap_exit(true)
  let p = spawn(middle, 3)
  link(p)
  receive do
    (:exit, pid, why) -> println("last: ${pid == p} ${why}")
  end
  send(report, 1)
end

actor middle(n :: Int) do
  if n > 0 do
    let next = spawn(middle, n - 1)
    link(next)
    receive do
      () -> nil
    end
  else
    Timer.sleep(20)
    println("${only_zero(7)}")
  end
terminate do
  println("middle ${n}")
end
end

actor waits() do
  receive do
    _ -> println("end")
  end
end

fn main() do
  spawn(last, spawn(waits))
end
#> middle 0
#> middle 1
#> middle 2
#> middle 3
#> last: true non-exhaustive match
#> end
#! non-exhaustive match

#@ case a normal end and a shutdown disturb no linked process
actor short(why :: String) do
  Timer.sleep(10)
  Process.exit(self(), why)
  println("never")
end

actor partner() do
  let a = spawn(short, "normal")
  link(a)
  let b = spawn(short, "shutdown")
  link(b)
  Timer.sleep(60)
  println("still here")
  let c = spawn(short, "other")
  link(c)
  Timer.sleep(60)
  println("never")
end

fn main() do
  link(spawn(partner))
  Timer.sleep(150)
  println("main was linked")
end
#> still here
#> main was linked

#@ case a link with main, with oneself, with the dead and the unknown does nothing
fn only_zero(0) = 0             # W: E0012

actor bad() do
  Timer.sleep(20)
  println("${only_zero(1)}")
end

actor selfish() do
  link(self())
  let dead = spawn(nothing)
  Timer.sleep(20)
  link(dead)
  link(Process.whereis("nobody"))
  println("selfish goes on")
end

actor nothing() do
  nil
end

fn main() do
  let b = spawn(bad)
  link(b)
  link(b)
  spawn(selfish)
  Timer.sleep(100)
  println("main goes on")
end
#> selfish goes on
#> main goes on
#! non-exhaustive match

#@ case turning the trap off again
actor dies() do
  Timer.sleep(20)
  Process.exit(self(), "gone")
end

actor switches() do
  Process.trap_exit(true)
  let a = spawn(dies)
  link(a)
  receive do
    (:exit, _, why) -> println("trapped ${why}")
  end
  Process.trap_exit(false)
  let b = spawn(dies)
  link(b)
  receive do
    (:exit, _, why) -> println("never ${why}")
  end
terminate do
  println("ended by a link")
end
end

fn main() do
  spawn(switches)
end
#> trapped gone
#> ended by a link

#@ case system messages reach only a mailbox of exactly their type
actor dies() do
  Timer.sleep(10)
  Process.exit(self(), "gone")
end

actor numbers() do
  Process.trap_exit(true)
  let a = spawn(dies)
  link(a)
  let ref = Process.monitor(a)
  receive do
    n -> println("only ${n + 0} ${ref > 0}")
  end
end

actor both_kinds() do
  Process.trap_exit(true)
  let a = spawn(dies)
  link(a)
  Process.monitor(a)
  receive do
    (:exit, p, why) -> println("exit ${p == a} ${why}")
  end
  receive do
    (:exit, p, why) -> println("never ${why}")
  after 50 -> println("no down here")
  end
end

fn main() do
  let n = spawn(numbers)
  Timer.sleep(50)
  send(n, 5)
  spawn(both_kinds)
end
#> only 5 true
#> exit true gone
#> no down here

#@ case monitors of the dead, of the unknown, of oneself, and from main
actor watches(p :: Pid) do
  let a = Process.monitor(p)
  receive do
    (:down, ref, pid, why) -> println("${ref == a} ${pid} ${why}")
  end
  let b = Process.monitor(Process.whereis("nobody"))
  receive do
    (:down, ref, pid, why) -> println("${ref == b} ${pid} ${why}")
  end
  let c = Process.monitor(self())
  println("self ${c > b}")
  println("${Process.demonitor(c)} ${Process.demonitor(c)} ${Process.demonitor(123456)}")
end

actor nothing() do
  nil
end

fn main() do
  let dead = spawn(nothing)
  Timer.sleep(20)
  let ref = Process.monitor(dead)
  println("main ${ref >= 0}")
  spawn(watches, dead)
end
#> main true
#> true <0.1> noproc
#> true <0.0> noproc
#> self true
#> 0 1 1

#@ case a terminate block panics, sends, and sees the name still registered
fn only_zero(0) = 0             # W: E0012

actor listener() do
  receive do
    s -> println("told ${s <> ""}")
  end
  listener()
end

actor has_name(l :: Pid, n :: Int) do
  if n == 0 do
    let _ = Process.register("me", self())
    has_name(l, 1)
  else
    receive do
      0 -> println("a normal end")
      k -> println("${only_zero(k)}")
    end
  end
terminate do
  send(l, "n = ${n}, registered ${Process.whereis("me") == self()}")
  println("${only_zero(99)}")
  println("never")
end
end

actor watches(p :: Pid, l :: Pid, m :: Int) do
  let ref = Process.monitor(p)
  send(p, m)
  receive do
    (:down, _, _, why) -> send(l, "down ${why}, name gone ${Process.whereis("me") == Process.whereis("no")}")
  end
end

fn main() do
  let l = spawn(listener)
  let a = spawn(has_name, l, 0)
  Timer.sleep(20)
  spawn(watches, a, l, 0)
  Timer.sleep(40)
  let b = spawn(has_name, l, 0)
  Timer.sleep(20)
  spawn(watches, b, l, 5)
end
#> a normal end
#> told n = 1, registered true
#> told down normal, name gone true
#> told n = 1, registered true
#> told down non-exhaustive match, name gone true
#! non-exhaustive match

#@ case a terminate block runs for an actor that ends before its first step
actor never(n :: Int, s :: String) do
  println("body")
terminate do
  println("terminate ${n} ${s}")
end
end

actor starter() do
  let p = spawn(never, 7, "text")
  Process.exit(p, "kill")
  println("asked")
end

fn main() do
  spawn(starter)
end
#> asked
#> terminate 7 text

#@ case exit takes effect in a job, in a service, and in a process that waits deep inside calls
service Store do
  fn init() -> Int do
    0
  end

  call Slow() :: Int do |n|
    Timer.sleep(100000)
    (n, n)
  end

  call Fast() :: Int do |n|
    (n, n)
  end
end

fn text(r :: Int!String) -> String do
  case r do
    Ok(v) -> "ok ${v}"
    Err(e) -> "err ${e}"
  end
end

actor caller(s :: Pid) do
  println("${Store.slow(s)}")
terminate do
  println("caller ends")
end
end

fn main() do
  let j = Job.async(fn () ->
    Timer.sleep(100000)
    1
  end)
  Process.exit(j, "kill")
  println(text(Job.await(j)))
  let k = Job.async(fn () ->
    Timer.sleep(100000)
    1
  end)
  Process.exit(k, "shutdown")
  println(text(Job.await(k)))
  let m = Job.async(fn () ->
    Timer.sleep(100000)
    1
  end)
  Process.exit(m, "my reason")
  println(text(Job.await(m)))
  let s = Store.start()
  let c = spawn(caller, s)
  Timer.sleep(20)
  Process.exit(c, "stop")
  Timer.sleep(20)
  let d = Job.async(fn () -> Store.slow(s) end)
  Timer.sleep(20)
  Process.exit(s, "enough")
  println(text(Job.await(d)))
  println(text(Job.await(Job.async(fn () -> Store.fast(s) end))))
end
#> err killed
#> err shutdown
#> err my reason
#> caller ends
#> err service process <0.4> terminated: enough
#> err service call to dead process <0.4>
#! service process <0.4> terminated: enough
