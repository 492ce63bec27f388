#@ module Float

# Truncates toward zero; NaN is 0, a number beyond the range its end.
extern "mesh_float_to_int" pub fn to_int(x :: Float) -> Int

extern "mesh_int_to_float" pub fn from(n :: Int) -> Float
