#@ module Base64

#@ alias base64_encode
extern "mesh_base64_encode" pub fn encode(text :: String) -> String

# Padded, or without any padding.
#@ alias base64_decode
extern "mesh_base64_decode" pub fn decode(text :: String) -> Result<String, String>

# URL-safe alphabet, no padding.
#@ alias base64_encode_url
extern "mesh_base64_encode_url" pub fn encode_url(text :: String) -> String

#@ alias base64_decode_url
extern "mesh_base64_decode_url" pub fn decode_url(text :: String) -> Result<String, String>
