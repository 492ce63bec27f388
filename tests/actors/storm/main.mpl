# Processes that do everything to each other, chosen by a seed: they spawn, link, monitor, crash, kill, call, cast, time out.
# Each part knows what must come of it and reports whether it did. Arguments: seed, scale.

service Board do
  fn init() -> Map<String, (Int, Int)> do
    Map.new()
  end

  cast Report(part :: String, right :: Bool) do |m|
    let (good, all) = if Map.has_key(m, part) do Map.get(m, part) else (0, 0) end
    Map.put(m, part, (if right do good + 1 else good end, all + 1))
  end

  call Count(part :: String) :: Int do |m|
    let (_, all) = if Map.has_key(m, part) do Map.get(m, part) else (0, 0) end
    (m, all)
  end

  call Good(part :: String) :: Int do |m|
    let (good, _) = if Map.has_key(m, part) do Map.get(m, part) else (0, 0) end
    (m, good)
  end
end

# The generator of Lehmer with the modulus 2^31 - 1 (Park and Miller, 1988).
fn next(seed :: Int) -> Int do
  (seed * 48271) % 2147483647
end

# ---- monitors: each is told exactly once, with the reason that the fate of the process gives

type Fate do
  Returns
  Exits
  Killed
  Dragged
  Panics
  Waits
end

fn fate(n :: Int) -> Fate do
  case n % 6 do
    0 -> Returns
    1 -> Exits
    2 -> Killed
    3 -> Dragged
    4 -> Panics
    _ -> Waits
  end
end

fn reason(f :: Fate) -> String do
  case f do
    Returns -> "normal"
    Exits -> "boom"
    Killed -> "killed"
    Dragged -> "dragged"
    Panics -> "division by zero"
    Waits -> "shutdown"
  end
end

actor drags(ms :: Int) do
  Timer.sleep(ms)
  Process.exit(self(), "dragged")
end

actor fated(f :: Fate, ms :: Int) do
  let text = "something of its own: ${ms}"
  Timer.sleep(ms)
  case f do
    Returns -> nil
    Exits -> Process.exit(self(), "boom")
    Panics -> println("${String.length(text) / (ms - ms)}")
    Dragged -> do
      link(spawn(drags, ms))
      receive do
        () -> nil
      end
    end
    _ -> receive do
      () -> nil
    end
  end
end

# `waiting`: the reasons that are still to come, by reference.
actor watcher(board :: Pid, waiting :: Map<Int, String>, pids :: Map<Int, Pid>, left :: Int, seed :: Int, right :: Bool) do
  if left > 0 do
    let a = next(seed)
    let b = next(a)
    let f = fate(a / 7)
    let p = spawn(fated, f, b % 4)
    let first = Process.monitor(p)
    let second = Process.monitor(p)
    let third = Process.monitor(p)
    let gone = Process.demonitor(third)
    case f do
      Killed -> Process.exit(p, "kill")
      Waits -> Process.exit(p, "shutdown")
      _ -> nil
    end
    let both = Map.put(Map.put(waiting, first, reason(f)), second, reason(f))
    watcher(board, both, Map.put(Map.put(pids, first, p), second, p), left - 1, b, right and gone == 0)
  else
    receive do
      (:down, ref, pid, why) -> do
        let known = Map.has_key(waiting, ref)
        let fits = known and (Map.get(waiting, ref) == why or why == "noproc") and Map.get(pids, ref) == pid
        watcher(board, Map.delete(waiting, ref), pids, 0, seed, right and fits)
      end
    after if Map.size(waiting) == 0 do 30 else 20000 end ->
      Board.report(board, "monitors", right and Map.size(waiting) == 0)
    end
  end
end

# ---- order: what one sends another comes in order, nothing is lost or doubled

actor sink(board :: Pid, senders :: Int, each :: Int, last :: Map<Int, Int>, got :: Int, right :: Bool) do
  if got == senders * each do
    receive do
      (_, _, _) -> Board.report(board, "order", false)
    after 30 -> Board.report(board, "order", right)
    end
  else
    receive do
      (from, seq, text) -> do
        let expected = if Map.has_key(last, from) do Map.get(last, from) + 1 else 1 end
        let fits = seq == expected and text == "${from} sends ${seq}"
        sink(board, senders, each, Map.put(last, from, seq), got + 1, right and fits)
      end
    after 20000 -> Board.report(board, "order", false)
    end
  end
end

actor source(sinks :: List<Pid<(Int, Int, String)>>, me :: Int, seq :: Int, each :: Int, seed :: Int) do
  if seq <= each do
    for s in sinks do
      send(s, (me, seq, "${me} sends ${seq}"))
    end
    let n = next(seed)
    if n % 50 == 0 do Timer.sleep(1) else nil end
    source(sinks, me, seq + 1, each, n)
  else
    nil
  end
end

# ---- services: casts and calls of one client are served in its order; a crash tells every caller

service Accounts do
  fn init() -> Map<Int, Int> do
    Map.new()
  end

  cast Add(who :: Int, n :: Int) do |m|
    Map.put(m, who, n + if Map.has_key(m, who) do Map.get(m, who) else 0 end)
  end

  call Of(who :: Int) :: Int do |m|
    (m, if Map.has_key(m, who) do Map.get(m, who) else 0 end)
  end

  call Crash() :: Int do |m|
    (m, 1 / (Map.size(m) - Map.size(m)))
  end
end

actor client(board :: Pid, accounts :: Pid, me :: Int, sum :: Int, left :: Int, seed :: Int, right :: Bool) do
  if left == 0 do
    Board.report(board, "services", right)
  else
    let n = next(seed)
    if n % 3 == 0 do
      let got = Accounts.of(accounts, me)
      client(board, accounts, me, sum, left - 1, n, right and got == sum)
    else
      Accounts.add(accounts, me, n % 10)
      client(board, accounts, me, sum + n % 10, left - 1, n, right)
    end
  end
end

fn crash_is_told(board :: Pid, callers :: Int) do
  let a = Accounts.start()
  let results = Job.map(Range.to_list(0..callers), fn i -> if i == 0 do Accounts.crash(a) else Accounts.of(a, i) end end)
  let right = List.all(results, fn r -> case r do
    Ok(n) -> n == 0
    Err(e) -> String.starts_with(e, "service process ${a} terminated: division by zero") or e == "service call to dead process ${a}"
  end end)
  Board.report(board, "crashes", right)
end

# ---- timers: each delayed message comes once, in the order of the due times

actor clock(board :: Pid, left :: Int, last :: Int, right :: Bool) do
  if left == 0 do
    Board.report(board, "timers", right)
  else
    receive do
      due -> clock(board, left - 1, due, right and due >= last)
    after 20000 -> Board.report(board, "timers", false)
    end
  end
end

fn delay(c :: Pid<Int>, left :: Int, seed :: Int) do
  if left > 0 do
    let n = next(seed)
    # Far enough apart that the order of the calls does not count.
    Timer.send_after(c, n % 6 * 40, n % 6)
    delay(c, left - 1, n)
  end
end

# ---- links: a chain falls whole, whichever falls first

actor chained(n :: Int, breaker :: Pid, board :: Pid) do
  if n > 0 do
    link(spawn(chained, n - 1, breaker, board))
  end
  send(breaker, (n, self()))
  receive do
    () -> nil
  end
terminate do
  Board.report(board, "chains", true)
end
end

# Waits until all have linked themselves, then breaks the link in the middle.
actor breaks_chain(left :: Int, which :: Int, found :: Pid) do
  if left == 0 do
    Process.exit(found, "broken")
  else
    receive do
      (n, p) -> breaks_chain(left - 1, which, if n == which do p else found end)
    end
  end
end

fn wait_for(board :: Pid, part :: String, wanted :: Int, tries :: Int) do
  let n = Board.count(board, part)
  if n < wanted and tries > 0 do
    Timer.sleep(5)
    wait_for(board, part, wanted, tries - 1)
  else
    println("${part}: ${wanted} expected, ${n} reported, ${Board.good(board, part)} right")
  end
end

fn number(at :: Int) -> Int do
  case String.to_int(List.get(Env.args(), at)) do
    Some(n) -> n
    None -> 1
  end
end

fn main() do
  let seed = number(1) % 2147483646 + 1
  let scale = number(2)
  let board = Board.start()
  for i in 0..scale do
    spawn(watcher, board, Map.new(), Map.new(), 40, next(seed + i), true)
  end
  let senders = 8
  let sinks = List.map(Range.to_list(0..4), fn _ -> spawn(sink, board, senders, 50 * scale, Map.new(), 0, true) end)
  for i in 0..senders do
    spawn(source, sinks, i, 1, 50 * scale, next(seed + 1000 + i))
  end
  let accounts = Accounts.start()
  for i in 0..20 do
    spawn(client, board, accounts, i, 0, 40 * scale, next(seed + 2000 + i), true)
  end
  for i in 0..scale do
    crash_is_told(board, 10)
  end
  for i in 0..scale do
    delay(spawn(clock, board, 30, 0, true), 30, next(seed + 3000 + i))
  end
  for i in 0..scale do
    let length = 20 + i % 5
    let breaker = spawn(breaks_chain, length + 1, next(seed + i) % length, board)
    spawn(chained, length, breaker, board)
  end
  wait_for(board, "monitors", scale, 5000)
  wait_for(board, "order", 4, 5000)
  wait_for(board, "services", 20, 5000)
  wait_for(board, "crashes", scale, 5000)
  wait_for(board, "timers", scale, 5000)
  wait_for(board, "chains", List.reduce(Range.to_list(0..scale), 0, fn sum, i -> sum + 21 + i % 5 end), 5000)
end
