# A service keeps state; calls wait for an answer, casts do not.

struct Tally do
  total :: Int
  adds :: Int
end

service Counter do
  fn init(start :: Int) -> Tally do
    Tally { total: start, adds: 0 }
  end

  call Add(n :: Int) :: Int do |state|
    (Tally { total: state.total + n, adds: state.adds + 1 }, state.total + n)
  end

  call Report() :: String do |state|
    (state, "total ${state.total} after ${state.adds} adds")
  end

  cast Reset() do |_state|
    Tally { total: 0, adds: 0 }
  end
end

fn add_many(counter :: Pid, rounds :: Int) -> Int do
  for _ in 0..rounds do
    Counter.add(counter, 1)
  end
  rounds
end

fn main() do
  let counter = Counter.start(40)
  println("the answer is ${Counter.add(counter, 2)}")
  Counter.reset(counter)

  # Four jobs at once, one counter: no update is lost.
  let jobs = for _ in 0..4 do
    Job.async(fn -> add_many(counter, 250) end)
  end
  for job in jobs do
    case Job.await(job) do
      Ok(rounds) -> println("a job made ${rounds} adds")
      Err(reason) -> println("a job failed: ${reason}")
    end
  end
  println(Counter.report(counter))
end
