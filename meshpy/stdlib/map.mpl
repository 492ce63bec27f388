#@ module Map
# Immutable maps in order of insertion. A map that nobody else holds is changed in place.

#@ alias map_new
extern "mesh_map_new" pub fn new<K, V>() -> Map<K, V>

# Replaces the value of a key, which keeps its place; a new key goes last.
#@ alias map_put
#@ owns map key value
extern "mesh_map_put" pub fn put<K, V>(map :: Map<K, V>, key :: K, value :: V) -> Map<K, V> where K: Eq + Hash

# The value; for an absent key 0, 0.0, false, "", None or an empty collection by type, else a panic.
#@ alias map_get
#@ panics
extern "mesh_map_get" pub fn get<K, V>(map :: Map<K, V>, key :: K) -> V where K: Eq + Hash

#@ alias map_has_key
extern "mesh_map_has_key" pub fn has_key<K, V>(map :: Map<K, V>, key :: K) -> Bool where K: Eq + Hash

#@ alias map_delete
#@ owns map
extern "mesh_map_delete" pub fn delete<K, V>(map :: Map<K, V>, key :: K) -> Map<K, V> where K: Eq + Hash

#@ alias map_size
extern "mesh_map_size" pub fn size<K, V>(map :: Map<K, V>) -> Int

#@ alias map_keys
extern "mesh_map_keys" pub fn keys<K, V>(map :: Map<K, V>) -> List<K>

#@ alias map_values
extern "mesh_map_values" pub fn values<K, V>(map :: Map<K, V>) -> List<V>

# a's entries with b's values, then b's new keys.
#@ alias map_merge
#@ owns a
extern "mesh_map_merge" pub fn merge<K, V>(a :: Map<K, V>, b :: Map<K, V>) -> Map<K, V> where K: Eq + Hash

#@ alias map_to_list
pub fn to_list<K, V>(map :: Map<K, V>) -> List<(K, V)> do
  for {k, v} in map do
    (k, v)
  end
end

#@ alias map_from_list
pub fn from_list<K, V>(pairs :: List<(K, V)>) -> Map<K, V> where K: Eq, K: Hash do
  from_list_into(pairs, new(), 0)
end

fn from_list_into<K, V>(pairs :: List<(K, V)>, map :: Map<K, V>, i :: Int) -> Map<K, V> where K: Eq, K: Hash do
  if i < List.length(pairs) do
    let (k, v) = Runtime.list_at(pairs, i)
    from_list_into(pairs, put(map, k, v), i + 1)
  else
    map
  end
end

pub fn collect<K, V>(it :: Iter<(K, V)>) -> Map<K, V> where K: Eq, K: Hash do
  collect_into(it, new())
end

fn collect_into<K, V>(it :: Iter<(K, V)>, map :: Map<K, V>) -> Map<K, V> where K: Eq, K: Hash do
  case Iter.next(it) do
    Some((k, v)) -> collect_into(it, put(map, k, v))
    None -> map
  end
end
