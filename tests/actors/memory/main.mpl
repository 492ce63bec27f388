# What a process holds goes back: a service ends a million casts with the memory it started with, and a panic leaves nothing.

service Churn do
  fn init() -> (List<Int>, Map<String, Int>, String) do
    ([], Map.new(), "")
  end

  cast Build(n :: Int) do |s|
    let (xs, m, t) = s
    let ys = if List.length(xs) > 50 do [n] else List.append(xs, n) end
    let ms = if Map.size(m) > 50 do %{"k" => n} else Map.put(m, "key ${n % 60}", n) end
    let ts = if String.length(t) > 400 do "" else "${t}${n}," end
    (ys, ms, ts)
  end

  call Sum() :: Int do |s|
    let (xs, m, t) = s
    (s, List.length(xs) + Map.size(m) + String.length(t))
  end
end

# KiB of memory that this program occupies.
fn resident() -> Int do
  case File.read("/proc/self/statm") do
    Ok(text) -> case String.to_int(List.get(String.split(text, " "), 1)) do
      Some(n) -> n * 4
      None -> 0
    end
    Err(_) -> 0
  end
end

fn casts(p :: Pid, from :: Int, to :: Int) do
  if from < to do
    Churn.build(p, from)
    if from % 1000 == 0 do
      let _ = Churn.sum(p)
      nil
    end
    casts(p, from + 1, to)
  end
end

actor wasteful(n :: Int) do
  let texts = List.map(Range.to_list(0..n), fn x -> "text number ${x}" end)
  println("${1 / (List.length(texts) - n)}")
end

fn ended(p :: Pid) do
  if Process.register("wasteful", p) == 0 do
    let _ = Process.unregister("wasteful")
    Timer.sleep(1)
    ended(p)
  end
end

fn crashes(left :: Int) do
  if left > 0 do
    ended(spawn(wasteful, 20000))
    crashes(left - 1)
  end
end

fn main() do
  let p = Churn.start()
  casts(p, 0, 50000)
  let before = resident()
  casts(p, 50000, 1000000)
  let after = resident()
  println("casts: ${after - before < 1000}")
  println("state: ${Churn.sum(p) > 0}")
  crashes(5)
  let first = resident()
  crashes(95)
  let last = resident()
  println("panics: ${last - first < 4000}")
end
