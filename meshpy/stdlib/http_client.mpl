#@ module Http
# link: ssl crypto z
# The HTTP client: a request is built behind a handle, then sent once.

# A new request; the method atom names the method (:get, :post, ...).
#@ alias http_build
extern "mesh_http_build" pub fn build(method :: Atom, url :: String) -> Int

#@ alias http_header
extern "mesh_http_header" pub fn header(request :: Int, name :: String, value :: String) -> Int

#@ alias http_body
extern "mesh_http_body" pub fn body(request :: Int, text :: String) -> Int

# Sets the body and the Content-Type application/json.
#@ alias http_json
extern "mesh_http_json" pub fn json(request :: Int, text :: String) -> Int

# Appends key=value to the URL, percent-encoded.
#@ alias http_query
extern "mesh_http_query" pub fn query(request :: Int, key :: String, value :: String) -> Int

# Total timeout in milliseconds (30000 unless set).
#@ alias http_timeout
extern "mesh_http_timeout" pub fn timeout(request :: Int, milliseconds :: Int) -> Int

# Sends the request; Ok for every HTTP status.
#@ alias http_send
extern "mesh_http_send" pub fn send(request :: Int) -> Result<HttpResponse, String>

# A pool of kept-alive connections.
#@ alias http_client
extern "mesh_http_client" pub fn client() -> Int

#@ alias http_send_with
extern "mesh_http_send_with" pub fn send_with(client :: Int, request :: Int) -> Result<HttpResponse, String>

#@ alias http_client_close
extern "mesh_http_client_close" pub fn client_close(client :: Int) -> ()

# Calls `each` with every chunk of the body until it returns "stop"; gives a cancel handle, 0 when the request failed.
#@ alias http_stream
extern "mesh_http_stream" pub fn stream(request :: Int, each :: Fun(String) -> String) -> Int

#@ alias http_stream_bytes
extern "mesh_http_stream_bytes" pub fn stream_bytes(request :: Int, each :: Fun(String) -> String) -> Int

#@ alias http_cancel
extern "mesh_http_cancel" pub fn cancel(stream :: Int) -> ()
