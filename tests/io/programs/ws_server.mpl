# What the frames of ws.txt and the tests of rooms speak to. Every connection joins the room of its path; commands:
#   !crash  !slow  !leave  !join ROOM  !room TEXT  !except TEXT  !binary TEXT  !burst N  !try N SIZE  anything else: echo

fn joined(conn, path, headers) do
  if String.starts_with(path, "/reject") do
    let _ = Ws.join(conn, "/room")
    0
  else if String.starts_with(path, "/crash") do
    let zero = String.length(path) - 6
    1 / zero
  else if path == "/headers" do
    let _ = Ws.send(conn, Map.get(headers, "X-Key") <> Map.get(headers, "x-key"))
    conn
  else if path == "/slow" do
    Timer.sleep(100)
    conn
  else
    let _ = Ws.join(conn, path)
    conn
  end
end

fn rest(text :: String, words :: Int) -> String do
  String.join(List.drop(String.split(text, " "), words), " ")
end

fn number(text :: String) -> Int do
  case String.to_int(text) do
    Some(n) -> n
    None -> 0
  end
end

fn burst(conn :: Int, i :: Int, n :: Int) -> Int do
  if i < n do
    let _ = Ws.send(conn, "${i}")
    burst(conn, i + 1, n)
  else
    0
  end
end

# Tries n texts of so many bytes; how many were taken, how many refused.
fn try_many(conn :: Int, text :: String, n :: Int, taken :: Int, refused :: Int) -> String do
  if n == 0 do
    "${taken} ${refused}"
  else
    case Ws.try_send(conn, text) do
      0 -> try_many(conn, text, n - 1, taken + 1, refused)
      1 -> try_many(conn, text, n - 1, taken, refused + 1)
      _ -> "gone"
    end
  end
end

fn repeat(text :: String, n :: Int, done :: String) -> String do
  if n == 0 do done else repeat(text, n - 1, done <> text) end
end

fn got(conn, text) do
  let words = String.split(text, " ")
  case List.head(words) do
    "!crash" -> do
      let zero = List.length(words) - 1
      println("${1 / zero}")
    end
    "!slow" -> Timer.sleep(300)
    "!leave" -> println("left ${Ws.leave(conn, "/room")}")
    "!join" -> println("joined ${Ws.join(conn, rest(text, 1))}")
    "!room" -> println("failures ${Ws.broadcast("/room", rest(text, 1))}")
    "!except" -> println("failures ${Ws.broadcast_except("/room", rest(text, 1), conn)}")
    "!binary" -> println("${Ws.send_binary(conn, rest(text, 1))}")
    "!burst" -> println("${burst(conn, 0, number(List.get(words, 1)))}")
    "!try" -> println(try_many(conn, repeat("x", number(List.get(words, 2)), ""), number(List.get(words, 1)), 0, 0))
    _ -> do
      let _ = Ws.send(conn, text)
      nil
    end
  end
end

fn gone(conn, code, reason) do
  let late = Ws.send(conn, "late")
  let again = Ws.join(conn, "/room")
  println("closed ${code} ${reason}|${late} ${again}")
end

fn main() do
  println("${Ws.join(0, "r")} ${Ws.leave(0, "r")} ${Ws.send(0, "m")} ${Ws.try_send(0, "m")} ${Ws.broadcast("r", "m")} ${Ws.broadcast_except("r", "m", 0)}")
  Ws.serve(joined, got, gone, 0)
end
