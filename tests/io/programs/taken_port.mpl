# Both servers on a port that is in use: they say so and return.

fn main() do
  case String.to_int(List.get(Env.args(), 1)) do
    None -> println("usage: taken_port PORT")
    Some(port) -> do
      Ws.serve(fn(conn) do conn end, fn(_conn, _text) do nil end, fn(_conn) do nil end, port)
      HTTP.serve(HTTP.router(), port)
      println("returned")
    end
  end
end
