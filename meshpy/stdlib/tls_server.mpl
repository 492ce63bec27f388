#@ module TlsServer
#@ internal
# link: ssl crypto
# The servers with TLS, apart from the plain ones, which need no TLS library.

extern "mesh_http_serve_tls" pub fn http(router :: Router, port :: Int, cert_path :: String, key_path :: String) -> ()

extern "mesh_ws_serve_tls" pub fn ws(on_connect :: Fun(Int, String, Map<String, String>) -> Int, on_message :: Fun(Int, String) -> (), on_close :: Fun(Int, Int, String) -> (), port :: Int, cert_path :: String, key_path :: String) -> ()
