#@ module Env

# The variable's value, or the fallback when it is unset or no text.
#@ alias env_get_with_default
extern "mesh_env_get_with_default" pub fn get(name :: String, fallback :: String) -> String

#@ alias env_get
extern "mesh_env_get" pub fn get(name :: String) -> Option<String>

# The variable as an Int, or the fallback.
#@ alias env_get_int
extern "mesh_env_get_int" pub fn get_int(name :: String, fallback :: Int) -> Int

# The command line; element 0 is the program.
#@ alias env_args
extern "mesh_env_args" pub fn args() -> List<String>
