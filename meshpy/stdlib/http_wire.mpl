#@ module HttpWire
#@ internal
# link: ssl crypto z
# HTTP.get and HTTP.post apart from the server, so that a server alone needs no TLS library.

extern "mesh_http_get" pub fn get(url :: String) -> Result<String, String>

extern "mesh_http_post" pub fn post(url :: String, body :: String) -> Result<String, String>
