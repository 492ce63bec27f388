#@ module JSON Json
# JSON. A Json value is its canonical text: compact, keys sorted, numbers and strings in their one form. So encoding it costs
# nothing, two values are equal when their texts are, and a text is built once however deep it is nested. A Json value
# has the representation of a String. runtime/include/json.h says how derived code encodes and decodes.

#@ alias json_parse
extern "mesh_json_parse" pub fn parse(text :: String) -> Result<Json, String>

# The compact text of any value whose type can be encoded.
#@ alias json_encode
extern "mesh_json_encode" pub fn encode<A>(value :: A) -> String where A: ToJson

#@ alias json_encode_string
extern "mesh_json_encode_string" pub fn encode_string(text :: String) -> String

#@ alias json_encode_int
extern "mesh_json_encode_int" pub fn encode_int(n :: Int) -> String

#@ alias json_encode_bool
extern "mesh_json_encode_bool" pub fn encode_bool(b :: Bool) -> String

#@ alias json_encode_map
pub fn encode_map<A>(map :: Map<String, A>) -> String where A: ToJson do
  encode(map)
end

#@ alias json_encode_list
pub fn encode_list<A>(list :: List<A>) -> String where A: ToJson do
  encode(list)
end

# A top-level member as text; "" when there is none.
extern "mesh_json_get" pub fn get(text :: String, key :: String) -> String

# Member k2 of member k1 as text; "" when there is none.
extern "mesh_json_get_nested" pub fn get_nested(text :: String, k1 :: String, k2 :: String) -> String

extern "mesh_json_from_int" pub fn from_int(n :: Int) -> Json

extern "mesh_json_from_float" pub fn from_float(x :: Float) -> Json

extern "mesh_json_from_bool" pub fn from_bool(b :: Bool) -> Json

extern "mesh_json_from_string" pub fn from_string(text :: String) -> Json
