#@ module Request
# What a handler reads of its request.

#@ alias request_method
extern "mesh_http_request_method" pub fn method(request :: Request) -> String

# The path as received: not decoded, without the query string.
#@ alias request_path
extern "mesh_http_request_path" pub fn path(request :: Request) -> String

#@ alias request_body
extern "mesh_http_request_body" pub fn body(request :: Request) -> String

# A header by name, in any letter case.
#@ alias request_header
extern "mesh_http_request_header" pub fn header(request :: Request, name :: String) -> Option<String>

# A query parameter, decoded.
#@ alias request_query
extern "mesh_http_request_query" pub fn query(request :: Request, name :: String) -> Option<String>

# A captured `:name` segment of the path, decoded.
#@ alias request_param
extern "mesh_http_request_param" pub fn param(request :: Request, name :: String) -> Option<String>
