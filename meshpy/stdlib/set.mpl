#@ module Set
# Immutable sets in order of insertion. A set that nobody else holds is changed in place.

#@ alias set_new
extern "mesh_set_new" pub fn new<A>() -> Set<A>

#@ alias set_add
#@ owns set x
extern "mesh_set_add" pub fn add<A>(set :: Set<A>, x :: A) -> Set<A> where A: Eq + Hash

#@ alias set_remove
#@ owns set
extern "mesh_set_remove" pub fn remove<A>(set :: Set<A>, x :: A) -> Set<A> where A: Eq + Hash

#@ alias set_contains
extern "mesh_set_contains" pub fn contains<A>(set :: Set<A>, x :: A) -> Bool where A: Eq + Hash

#@ alias set_size
extern "mesh_set_size" pub fn size<A>(set :: Set<A>) -> Int

# a's members, then those of b that are new.
#@ alias set_union
#@ owns a
extern "mesh_set_union" pub fn union<A>(a :: Set<A>, b :: Set<A>) -> Set<A> where A: Eq + Hash

# a's members that are in b, in a's order.
#@ alias set_intersection
extern "mesh_set_intersection" pub fn intersection<A>(a :: Set<A>, b :: Set<A>) -> Set<A> where A: Eq + Hash

# a's members that are not in b, in a's order.
#@ alias set_difference
extern "mesh_set_difference" pub fn difference<A>(a :: Set<A>, b :: Set<A>) -> Set<A> where A: Eq + Hash

#@ alias set_to_list
extern "mesh_set_to_list" pub fn to_list<A>(set :: Set<A>) -> List<A>

#@ alias set_from_list
extern "mesh_set_from_list" pub fn from_list<A>(list :: List<A>) -> Set<A> where A: Eq + Hash

pub fn collect<A>(it :: Iter<A>) -> Set<A> where A: Eq, A: Hash do
  collect_into(it, new())
end

fn collect_into<A>(it :: Iter<A>, set :: Set<A>) -> Set<A> where A: Eq, A: Hash do
  case Iter.next(it) do
    Some(x) -> collect_into(it, add(set, x))
    None -> set
  end
end
