# Every accepted form of the callbacks, closures among them.

fn serve(number :: Int) do
  Ws.serve(fn(conn, _path) do true end, fn(conn, text) do Ws.send(conn, "${number} " <> text) end, fn(_conn, _code) do println("gone") end, 0)
end

fn full(conn :: Int, _path :: String, _headers :: Map<String, String>) -> Int do
  conn
end

fn echo(conn :: Int, text :: String) -> () do
  let _ = Ws.send(conn, "0 " <> text)
  nil
end

fn gone(_conn :: Int, _code :: Int, _reason :: String) -> () do
  println("gone")
end

fn main() do
  Ws.serve(full, echo, gone, 0)
  serve(1)
  Ws.serve(fn(conn) do conn end, fn(conn, text) do Ws.send(conn, "2 " <> text) end, fn(_conn) do println("gone") end, 0)
end
