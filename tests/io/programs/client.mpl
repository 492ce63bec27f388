# client ACTION URL [MORE]: the HTTP client, for test_http_client.py.

fn show(result :: Result<String, String>) -> () do
  case result do
    Ok(body) -> println("ok " <> body)
    Err(e) -> println("err " <> e)
  end
end

fn show_response(result :: Result<HttpResponse, String>) -> () do
  case result do
    Ok(r) -> println("${r.status} " <> Map.get(r.headers, "x-echo") <> " " <> r.body)
    Err(e) -> println("err " <> e)
  end
end

fn with_client(client :: Int, url :: String, n :: Int) -> () do
  if n > 0 do
    show_response(Http.send_with(client, Http.build(:get, url)))
    with_client(client, url, n - 1)
  else
    nil
  end
end

fn main() do
  let args = Env.args()
  let url = List.get(args, 2)
  case List.get(args, 1) do
    "get" -> show(HTTP.get(url))
    "post" -> show(HTTP.post(url, List.get(args, 3)))
    "send" -> show_response(Http.build(:get, url) |> Http.send())
    "full" -> do
      let req = Http.build(:patch, url)
        |> Http.header("X-One", "1")
        |> Http.query("a b", "ü&")
        |> Http.query("c", "d")
        |> Http.json("{\"k\":1}")
        |> Http.timeout(5000)
      show_response(Http.send(req))
      show_response(Http.send(req))
      show_response(Http.send(12345))
    end
    "delete" -> show_response(Http.build(:delete, url) |> Http.body("data") |> Http.send())
    "empty" -> show_response(Http.send(Http.build(:post, url)))
    "timeout" -> show_response(Http.send(Http.timeout(Http.build(:get, url), 200)))
    "client" -> do
      let client = Http.client()
      with_client(client, url, 3)
      Http.client_close(client)
      with_client(client, url, 1)
    end
    "stream" -> do
      let limit = List.get(args, 3)
      let handle = Http.stream(Http.build(:get, url), fn(chunk) do
        println("chunk ${String.length(chunk)} " <> String.slice(chunk, 0, 5))
        if String.starts_with(chunk, limit) do "stop" else "go" end
      end)
      println("${handle > 0}")
    end
    "stream_bytes" -> do
      let _ = Http.stream_bytes(Http.build(:get, url), fn(chunk) do
        println("${String.length(chunk)}")
        "go"
      end)
      nil
    end
    _ -> println("unknown action")
  end
end
