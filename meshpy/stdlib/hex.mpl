#@ module Hex

#@ alias hex_encode
extern "mesh_hex_encode" pub fn encode(text :: String) -> String

#@ alias hex_decode
extern "mesh_hex_decode" pub fn decode(text :: String) -> Result<String, String>
