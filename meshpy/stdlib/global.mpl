#@ module Global
# Names for all nodes; without other nodes, names of this one that Process does not see.

# 0, or 1 when the name is taken or empty, or there is no such process.
extern "mesh_global_register" pub fn register(name :: String, pid :: Pid) -> Int

# The process of that name; PID 0 when there is none.
extern "mesh_global_whereis" pub fn whereis(name :: String) -> Pid

# 0, or 1 when the name is unknown.
extern "mesh_global_unregister" pub fn unregister(name :: String) -> Int
