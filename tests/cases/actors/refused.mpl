# Programs of processes that must not compile (actors reference 23.9 and its rules).

#@ case self in main, in a function, in a handler
fn f() do
  println("${self()}")                    # E: E0015 self() used outside actor block
end

service S do
  call Get() :: Int do |n|
    let me = self()                       # E: E0015
    (n, n)
  end
end

fn main() do
  let me = self()                         # E: E0015 self() is only available inside an actor block
end

#@ case receive in a function, in main, in a handler, in a terminate block
fn f() -> Int do
  receive do n -> n end                   # E: E0017 receive used outside actor block
end

service S do
  cast Go() do |n|
    receive do k -> k end                 # E: E0017 move this receive expression into an actor block
  end
end

actor a() do
  nil
terminate do
  receive do n -> println("${n + 1}") end # E: E0017
end
end

fn main() do
  receive do n -> n end                   # E: E0017
end

#@ case what cannot be spawned
actor a(n :: Int) do
  nil
end

fn plain(n :: Int) -> Int do
  n
end

fn main() do
  spawn(5)                                # E: E0016 cannot spawn non-function: found Int
  spawn("a")                              # E: E0016 found String
  spawn()                                 # E: E0003
  spawn(a)                                # E: E0003
  spawn(a, 1, 2)                          # E: E0003
  spawn(a, "x")                           # E: E0001 expected Int, found String
  spawn(plain, 1)                         # E: E0001
  a(1)                                    # E: E0058 actor `a` must be started with spawn(a, ...)
end

#@ case messages of another type
actor a() do
  receive do
    n -> println("${n + 1}")
  end
end

fn main() do
  let p = spawn(a)
  send(p, "text")                         # E: E0014 message type mismatch: expected Int, found String
  send(p)                                 # E: E0003
  send(5, 1)                              # E: E0001
  link(5)                                 # E: E0001
  Timer.send_after(p, 10, "text")         # E: E0001
end

#@ case the types of receive
actor a() do
  let n = receive do
    1 -> "text"
    k -> k                                # E: E0001
  end
  receive do
    k -> nil
  after "soon" -> nil end                 # E: E0001
  receive do
    k when k + 1 -> nil                   # E: E0013
  end
  receive do
    "text" -> nil                         # E: E0001
  end
end

#@ case strategies, restarts and shutdowns
actor w() do
  nil
end

supervisor A do
  strategy: one_for_two                   # E: E0019 unknown supervision strategy `one_for_two`
end

supervisor B do
  child w do
    start: fn -> spawn(w) end
  end
  child w do                              # E: E0019 duplicate child name `w`
    start: fn -> spawn(w) end
  end
end

supervisor C do
  child c do
    start: fn -> spawn(w) end
    restart: sometimes                    # E: E0020 invalid restart type `sometimes` for child `c`
  end
  child d do
    start: fn -> spawn(w) end
    shutdown: 0                           # E: E0021 invalid shutdown value `0` for child `d`
  end
  child e do
    start: fn -> spawn(w) end
    shutdown: later                       # E: E0021 invalid shutdown value `later` for child `e`
  end
  child f do
    start: fn -> 42 end                   # E: E0018 child `f` start function must return Pid, found `Int`
  end
end

#@ case handlers of another shape
service S do
  fn init() -> Int do 0 end
  call Get() :: Int do |s| s end          # E: E0001
  call Swapped() :: String do |s| ("x", s) end # E: E0001
  cast Bad() do |s| "text" end            # E: E0001
end

#@ case two terminate blocks
actor a() do
  nil
terminate do
  nil
end
terminate do                              # E: P0001 only one `terminate` clause is allowed per actor block
  nil
end
end
