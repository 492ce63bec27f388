# Middleware of every form, its order, unmatched requests.

fn passthrough(req, next) do
  next(req)
end

fn stamp(req :: Request, next) -> Response do
  println("stamp " <> Request.path(req))
  next(req)
end

fn bound(req, next :: Fun(Request) -> Response) do
  let response = next(req)
  response
end

fn guarded(req, next) do
  if Request.path(req) == "/secret" do
    HTTP.response(401, "no")
  else
    next(req)
  end
end

fn main() do
  let name = "m1"
  HTTP.router()
    |> HTTP.use(fn(req, next) do
      println(name <> " before")
      let response = next(req)
      println(name <> " after")
      response
    end)
    |> HTTP.on_get("/x", fn(_req) do
      println("handler")
      HTTP.response(200, "x")
    end)
    |> HTTP.use(passthrough)
    |> HTTP.use(stamp)
    |> HTTP.use(bound)
    |> HTTP.use(guarded)
    |> HTTP.on_get("/secret", fn(_req) do HTTP.response(200, "open") end)
    |> HTTP.on_get("/panic", fn(req) do
      let zero = String.length(Request.body(req))
      HTTP.response(200, "${1 / zero}")
    end)
    |> HTTP.serve(0)
end
