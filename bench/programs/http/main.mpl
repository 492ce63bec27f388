fn hello(req :: Request) -> Response do
  HTTP.response(200, "{\"message\":\"hello\",\"id\":42}")
end

fn main() do
  HTTP.router()
    |> HTTP.on_get("/hello", hello)
    |> HTTP.serve(18080)
end
