#@ module HTTP
# The HTTP server, and the two one-line client functions. Routers and responses are immutable values.

#@ alias http_router
extern "mesh_http_router" pub fn router() -> Router

# Adds a route for any method.
#@ alias http_route
extern "mesh_http_route" pub fn route(router :: Router, pattern :: String, handler :: Fun(Request) -> Response) -> Router

#@ alias http_on_get
extern "mesh_http_route_get" pub fn on_get(router :: Router, pattern :: String, handler :: Fun(Request) -> Response) -> Router

#@ alias http_on_post
extern "mesh_http_route_post" pub fn on_post(router :: Router, pattern :: String, handler :: Fun(Request) -> Response) -> Router

#@ alias http_on_put
extern "mesh_http_route_put" pub fn on_put(router :: Router, pattern :: String, handler :: Fun(Request) -> Response) -> Router

#@ alias http_on_delete
extern "mesh_http_route_delete" pub fn on_delete(router :: Router, pattern :: String, handler :: Fun(Request) -> Response) -> Router

# Adds a middleware around every request of the router; the first one is the outermost.
#@ alias http_use
pub fn use(router :: Router, middleware :: Fun(Request, Fun(Request) -> Response) -> Response) -> Router do
  IoRuntime.add_layer(router, fn(next) do fn(request) do middleware(request, next) end end, fn(_request) do response(404, "Not Found") end)
end

# Serves the router; returns only when the port cannot be bound.
#@ alias http_serve
extern "mesh_http_serve" pub fn serve(router :: Router, port :: Int) -> ()

# With TLS: a PEM certificate chain and its key, read once.
#@ alias http_serve_tls
pub fn serve_tls(router :: Router, port :: Int, cert_path :: String, key_path :: String) -> () do
  TlsServer.http(router, port, cert_path, key_path)
end

#@ alias http_response
extern "mesh_http_response_new" pub fn response(status :: Int, body :: String) -> Response

#@ alias http_response_with_headers
extern "mesh_http_response_with_headers" pub fn response_with_headers(status :: Int, body :: String, headers :: Map<String, String>) -> Response

# Fetches a URL; Err unless the final status is 2xx.
#@ alias http_get
pub fn get(url :: String) -> Result<String, String> do
  HttpWire.get(url)
end

# Posts a JSON text; Err unless the final status is 2xx.
#@ alias http_post
pub fn post(url :: String, body :: String) -> Result<String, String> do
  HttpWire.post(url, body)
end
