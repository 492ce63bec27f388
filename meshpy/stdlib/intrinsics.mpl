#@ module Runtime
#@ internal
# What the other files and lowering need of the runtime. Programs cannot name it.

# Element of an index known to be in range.
extern "mesh_list_at" pub fn list_at<A>(list :: List<A>, index :: Int) -> A

# A mutable cell: the position of an iterator.
extern "mesh_cell_new" pub fn cell<A>(value :: A) -> Cell<A>
extern "mesh_cell_get" pub fn cell_get<A>(cell :: Cell<A>) -> A
extern "mesh_cell_set" pub fn cell_set<A>(cell :: Cell<A>, value :: A) -> ()

# Iteration over maps and sets: the first position in use from `position` on, or -1; then what stands there.
extern "mesh_map_next" pub fn map_next<K, V>(map :: Map<K, V>, position :: Int) -> Int
extern "mesh_map_key_at" pub fn map_key_at<K, V>(map :: Map<K, V>, position :: Int) -> K
extern "mesh_map_value_at" pub fn map_value_at<K, V>(map :: Map<K, V>, position :: Int) -> V
extern "mesh_set_next" pub fn set_next<A>(set :: Set<A>, position :: Int) -> Int
extern "mesh_set_at" pub fn set_at<A>(set :: Set<A>, position :: Int) -> A

# The first element; panics with `message` when there is none.
#@ panics
extern "mesh_list_front" pub fn front<A>(list :: List<A>, message :: String) -> A
