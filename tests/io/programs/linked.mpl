# A handler and a WebSocket callback whose process is ended by a linked one.

actor dies(after_ms :: Int) do
  Timer.sleep(after_ms)
  let zero = String.length("")
  println("${1 / zero}")
end

fn main() do
  Ws.serve(fn(conn) do conn end, fn(conn, text) do
    link(spawn(dies, 50))
    if text == "wait" do Timer.sleep(5000) else nil end
  end, fn(conn, code, reason) do println("closed ${code} ${reason}|${Ws.send(conn, "late")}") end, 0)
  HTTP.router()
    |> HTTP.on_get("/linked", fn(_req) do
      link(spawn(dies, 50))
      Timer.sleep(5000)
      HTTP.response(200, "late")
    end)
    |> HTTP.on_get("/ok", fn(_req) do HTTP.response(200, "ok") end)
    |> HTTP.serve(0)
end
