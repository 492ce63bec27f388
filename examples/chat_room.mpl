# A WebSocket chat. Connect to ws://127.0.0.1:8081/ROOM and send:
#   hello everybody      to all in the room
#   /whisper psst        to all in the room but yourself
#   /move OTHER          leaves the room for another one

service Members do
  fn init() -> Map<Int, String> do
    Map.new()
  end

  cast Enter(conn :: Int, room :: String) do |rooms|
    Map.put(rooms, conn, room)
  end

  call Leave(conn :: Int) :: String do |rooms|
    if Map.has_key(rooms, conn) do
      (Map.delete(rooms, conn), Map.get(rooms, conn))
    else
      (rooms, "")
    end
  end

  call Room(conn :: Int) :: String do |rooms|
    (rooms, Map.get(rooms, conn))
  end
end

fn members() -> Pid do
  Process.whereis("members")
end

fn enter(conn :: Int, room :: String) do
  Ws.broadcast(room, "* guest ${conn} entered ${room}")
  Ws.join(conn, room)
  Members.enter(members(), conn, room)
  Ws.send(conn, "* welcome to ${room}, guest ${conn}")
end

fn move(conn :: Int, room :: String) do
  let old = Members.leave(members(), conn)
  Ws.leave(conn, old)
  Ws.broadcast(old, "* guest ${conn} went to ${room}")
  enter(conn, room)
end

fn argument(text :: String) -> String do
  String.join(List.drop(String.split(text, " "), 1), " ")
end

fn on_connect(conn :: Int, path :: String, _headers :: Map<String, String>) -> Int do
  let room = String.slice(path, 1, String.length(path))
  if room == "" do
    0
  else
    enter(conn, room)
    conn
  end
end

fn on_message(conn :: Int, text :: String) do
  let room = Members.room(members(), conn)
  if String.starts_with(text, "/whisper ") do
    Ws.broadcast_except(room, "(guest ${conn}) ${argument(text)}", conn)
  else if String.starts_with(text, "/move ") do
    move(conn, argument(text))
  else
    Ws.broadcast(room, "guest ${conn}: ${text}")
  end
  nil
end

fn on_close(conn :: Int, code :: Int, _reason :: String) do
  let room = Members.leave(members(), conn)
  Ws.broadcast(room, "* guest ${conn} left")
  println("a guest left ${room} (${code})")
end

fn main() do
  Process.register("members", Members.start())
  Ws.serve(on_connect, on_message, on_close, Env.get_int("PORT", 8081))
end
