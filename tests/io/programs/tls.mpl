# tls CERT KEY: both servers with TLS.

fn main() do
  let cert = List.get(Env.args(), 1)
  let key = List.get(Env.args(), 2)
  Ws.serve_tls(fn(conn) do conn end, fn(conn, text) do Ws.send(conn, text) end, fn(_conn, code) do println("closed ${code}") end, 0, cert, key)
  HTTP.router()
    |> HTTP.on_post("/echo", fn(req) do HTTP.response(200, Request.body(req)) end)
    |> HTTP.serve_tls(0, cert, key)
  println("returned")
end
