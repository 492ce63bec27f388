fn main() do
  println("${Ws.join(0, "r")} ${Ws.leave(0, "r")} ${Ws.send(0, "m")} ${Ws.try_send(0, "m")} ${Ws.broadcast("r", "m")} ${Ws.broadcast_except("r", "m", 0)}")
end
