#@ module Node
# Several nodes. Not available yet: every function behaves as in a program whose node was never started.

pub struct BootstrapStatus do
  mode :: String
  node_name :: String
  cluster_port :: Int
  discovery_seed :: String
end deriving()

# Starts the local node: 0, -1 when it runs already, -2 when that is impossible, -3 for a bad name.
extern "mesh_node_start" pub fn start(name :: String, cookie :: String) -> Int

# Starts the node that the MESH_ variables describe. Without them: Ok, standalone.
extern "mesh_node_start_from_env" pub fn start_from_env() -> Result<BootstrapStatus, String>

# 0, or -1 when the local node has not been started.
extern "mesh_node_connect" pub fn connect(name :: String) -> Int

# The local node's name; "" when it has not been started.
pub fn self() -> String do
  ""
end

# The connected nodes.
pub fn list() -> List<String> do
  []
end

# Asks for (:nodeup, name) and (:nodedown, name): 0, or 1 when the local node has not been started.
pub fn monitor(name :: String) -> Int do
  1
end
