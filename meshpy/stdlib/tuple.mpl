#@ module Tuple
# The type of a component is a rule of the checker: A is the type of the component that a literal index names, or the one
# type of all components. T's descriptor carries the descriptors of the components.

#@ special
#@ alias tuple_nth
#@ panics
extern "mesh_tuple_nth" pub fn nth<T, A>(tuple :: T, index :: Int) -> A

#@ special
#@ alias tuple_first
#@ panics
extern "mesh_tuple_first" pub fn first<T, A>(tuple :: T) -> A

#@ special
#@ alias tuple_second
#@ panics
extern "mesh_tuple_second" pub fn second<T, A>(tuple :: T) -> A

#@ special
#@ alias tuple_size
extern "mesh_tuple_size" pub fn size<T>(tuple :: T) -> Int
