#@ module Math

# Top-level lets of these files are public.
let pi = 3.141592653589793

extern "mesh_math_abs" pub fn abs<A>(x :: A) -> A where A: Int | Float

extern "mesh_math_min" pub fn min<A>(a :: A, b :: A) -> A where A: Int | Float

extern "mesh_math_max" pub fn max<A>(a :: A, b :: A) -> A where A: Int | Float

extern "mesh_math_pow" pub fn pow(base :: Float, exponent :: Float) -> Float

extern "mesh_math_sqrt" pub fn sqrt(x :: Float) -> Float

extern "mesh_math_floor" pub fn floor(x :: Float) -> Int

extern "mesh_math_ceil" pub fn ceil(x :: Float) -> Int

# Halves away from zero.
extern "mesh_math_round" pub fn round(x :: Float) -> Int
