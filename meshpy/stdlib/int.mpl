#@ module Int

extern "mesh_int_to_float" pub fn to_float(n :: Int) -> Float

extern "mesh_int_to_string" pub fn to_string(n :: Int) -> String
