# Every member joins one room on connection; a text from any client goes to the whole room.
fn joined(conn, path, headers) do
  let _ = Ws.join(conn, "room")
  conn
end

fn got(conn, text) do
  let _ = Ws.broadcast("room", text)
  nil
end

fn gone(conn, code, reason) do
  nil
end

fn main() do
  Ws.serve(joined, got, gone, 18081)
  HTTP.serve(HTTP.router(), 18082)
end
