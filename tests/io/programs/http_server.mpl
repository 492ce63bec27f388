# What the exchanges of http.txt speak to.

fn show(req) do
  case Request.param(req, "sku") do
    Some(sku) -> HTTP.response(200, "item " <> sku)
    None -> HTTP.response(400, "no sku")
  end
end

fn or_none(value :: Option<String>) -> Response do
  case value do
    Some(text) -> HTTP.response(200, "[" <> text <> "]")
    None -> HTTP.response(200, "none")
  end
end

fn echo(req) do
  HTTP.response(200, Request.body(req))
end

fn divide(req) do
  let zero = String.length(Request.body(req))
  HTTP.response(200, "${1 / zero}")
end

fn with_headers(_req) do
  HTTP.response_with_headers(201, "<p>", %{
    "content-type" => "text/html",
    "X-Split" => "a\r\nSet-Cookie: no",
    "Content-Length" => "999",
    "Transfer-Encoding" => "chunked",
    "Empty" => "",
    "Set-Cookie" => "a=1\nb=2"
  })
end

fn main() do
  let prefix = "closure"
  HTTP.router()
    |> HTTP.on_get("/items/:sku", show)
    |> HTTP.on_get("/query", fn(req) do or_none(Request.query(req, "q")) end)
    |> HTTP.on_get("/header", fn(req) do or_none(Request.header(req, "x-TOKEN")) end)
    |> HTTP.on_get("/path/*", fn(req) do HTTP.response(200, Request.method(req) <> " " <> Request.path(req)) end)
    |> HTTP.on_post("/echo", echo)
    |> HTTP.on_put("/echo", echo)
    |> HTTP.on_delete("/echo", echo)
    |> HTTP.on_get("/panic", divide)
    |> HTTP.on_get("/closure", fn(_req) do HTTP.response(200, prefix) end)
    |> HTTP.on_get("/headers", with_headers)
    |> HTTP.on_get("/closing", fn(_req) do HTTP.response_with_headers(200, "x", %{"Connection" => "close"}) end)
    |> HTTP.on_get("/empty", fn(_req) do HTTP.response(204, "ignored") end)
    |> HTTP.on_get("/teapot", fn(_req) do HTTP.response(418, "") end)
    |> HTTP.on_get("/bad-status", fn(_req) do HTTP.response(42, "") end)
    |> HTTP.on_get("/json", fn(_req) do HTTP.response(200, json { ok: true }) end)
    |> HTTP.on_get("/slow", fn(_req) do
      Timer.sleep(200)
      HTTP.response(200, "slow")
    end)
    |> HTTP.on_get("/u/:id", fn(_req) do HTTP.response(200, "B") end)
    |> HTTP.on_get("/u/me", fn(_req) do HTTP.response(200, "A") end)
    |> HTTP.on_post("/d", fn(_req) do HTTP.response(200, "C") end)
    |> HTTP.on_get("/files/:dir/*", fn(req) do or_none(Request.param(req, "dir")) end)
    |> HTTP.route("/*", fn(_req) do HTTP.response(200, "F") end)
    |> HTTP.serve(0)
end
