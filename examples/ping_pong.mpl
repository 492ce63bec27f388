# Two actors and their mailboxes. The program ends when both have finished.

type Ball do
  Serve(Pid<Ball>)
  Hit(Int)
  Stop
end

actor player(name :: String, other :: Option<Pid<Ball>>) do
  receive do
    Serve(opponent) ->
      send(opponent, Hit(1))
      player(name, Some(opponent))
    Hit(6) ->
      println("${name} misses")
      case other do
        Some(opponent) -> send(opponent, Stop)
        None -> nil
      end
    Hit(n) ->
      println("${name} hits ${n}")
      case other do
        Some(opponent) -> send(opponent, Hit(n + 1))
        None -> nil
      end
      player(name, other)
    Stop -> println("${name} wins")
  after 2000 ->
    println("${name} got tired")
  end
end

fn main() do
  let ann = spawn(player, "Ann", None)
  let bob = spawn(player, "Bob", Some(ann))
  send(ann, Serve(bob))
end
