# Rows 18 and 19: parameters without types, service pids across modules, wrappers around imported callbacks.

from Services.Registry import Registry
from Services.Worker import Worker
from Ingestion.Handler import handle, ws_on_connect, ws_on_message, ws_on_close

fn on_ws_connect(conn, path, headers) do
  ws_on_connect(conn, path, headers)
end

fn on_ws_message(conn, msg) do
  ws_on_message(conn, msg)
end

fn on_ws_close(conn, code, reason) do
  ws_on_close(conn, code, reason)
end

fn serve() do
  Ws.serve(on_ws_connect, on_ws_message, on_ws_close, 8081)
end

fn main() do
  let registry = Registry.start("main", Worker.start())
  let _ = Process.register("registry", registry)
  println(handle(21))
  println(handle(101))
  println("${Ws.join(0, "test")} ${Ws.leave(0, "test")} ${Ws.send(0, "m")} ${Ws.broadcast("room", "msg")} ${Ws.broadcast_except("room", "msg", 0)}")
  if handle(1) == "" do serve() else println("no server") end
end
