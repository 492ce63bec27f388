struct Job2 do
  id :: Int
  names :: List<String>
  price :: Float
end

type Msg do
  Add(Job2)
  Ask(Pid<String>)
  Stop
end

actor store(jobs :: List<Job2>, label :: String) do
  receive do
    Add(j) -> store(jobs ++ [j], label)
    Ask(who) ->
      let total = List.reduce(jobs, 0.0, fn acc, j -> acc + j.price end)
      send(who, "${label}: ${List.length(jobs)} jobs, ${total}")
      store(jobs, label)
    Stop -> println("stopping ${label}")
  end
terminate do
  println("terminated with ${List.length(jobs)}")
end
end

actor asker(s :: Pid<Msg>, done :: Pid<String>) do
  send(s, Ask(self()))
  receive do
    text -> send(done, text)
  end
end

actor selective(seen :: List<Int>, out :: Pid<String>) do
  if List.length(seen) == 3 do
    send(out, "${seen}")
  else
    receive do
      n when n > 10 -> selective(seen ++ [n], out)
      0 -> selective(seen ++ [100], out)
    after 50 ->
      receive do
        rest -> selective(seen ++ [rest], out)
      end
    end
  end
end

actor printer(left :: Int, parent :: Pid<Int>) do
  receive do
    text ->
      println(text)
      if left > 1 do printer(left - 1, parent) else send(parent, 0) end
  end
end

actor boss() do
  let me = self()
  let p = spawn(printer, 3, me)
  let s = spawn(store, [], "store")
  for i in 0..3 do
    send(s, Add(Job2 { id: i, names: ["n${i}"], price: 1.5 }))
  end
  let sel = spawn(selective, [], p)
  for n in [1, 20, 0, 2] do
    send(sel, n)
  end
  let f = fn x -> "computed ${x}" end
  let j = Job.async(fn -> f(21 * 2) end)
  case Job.await(j) do
    Ok(t) -> println(t)
    Err(e) -> println(e)
  end
  spawn(asker, s, p)
  spawn(late, p)
  receive do
    _ -> send(s, Stop)
  end
end

actor late(p :: Pid<String>) do
  Timer.sleep(150)
  send(p, "late")
end

service Cache do
  fn init(size :: Int) -> Map<String, List<Int>> do
    %{"size" => [size]}
  end
  call Get(key :: String) :: Option<List<Int>> do |m|
    let found = if Map.has_key(m, key) do Some(Map.get(m, key)) else None end
    (m, found)
  end
  cast Put(key :: String, value :: Int) do |m|
    let old = if Map.has_key(m, key) do Map.get(m, key) else [] end
    Map.put(m, key, old ++ [value])
  end
  call Stats() :: (Int, Float, Bool) do |m|
    (m, (Map.size(m), 2.5, true))
  end
end

actor counter(n :: Int) do
  if n < 300000 do
    counter(n + 1)
  else
    println("counted ${n}")
  end
end

fn main() do
  let c = Cache.start(4)
  Cache.put(c, "a", 1)
  c |> Cache.put("a", 2)
  println("${Cache.get(c, "a")} ${Cache.get(c, "b")} ${Cache.get(c, "size")} ${Cache.stats(c)}")
  spawn(counter, 0)
  Timer.sleep(100)
  spawn(boss)
  Timer.sleep(600)
end
