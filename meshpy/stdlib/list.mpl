#@ module List
# Immutable sequences. A list that nobody else holds is changed in place.

#@ alias list_new
pub fn new<A>() -> List<A> do
  []
end

#@ alias list_length
extern "mesh_list_length" pub fn length<A>(list :: List<A>) -> Int

# The list with x at its end.
#@ alias list_append
#@ owns list x
extern "mesh_list_push" pub fn append<A>(list :: List<A>, x :: A) -> List<A>

#@ alias list_head
#@ panics
extern "mesh_list_head" pub fn head<A>(list :: List<A>) -> A

#@ alias list_tail
#@ owns list
#@ panics
extern "mesh_list_tail" pub fn tail<A>(list :: List<A>) -> List<A>

#@ alias list_get
#@ panics
extern "mesh_list_get" pub fn get<A>(list :: List<A>, index :: Int) -> A

#@ alias list_nth
#@ panics
extern "mesh_list_get" pub fn nth<A>(list :: List<A>, index :: Int) -> A

#@ alias list_last
#@ panics
extern "mesh_list_last" pub fn last<A>(list :: List<A>) -> A

#@ alias list_concat
#@ owns a
extern "mesh_list_concat" pub fn concat<A>(a :: List<A>, b :: List<A>) -> List<A>

#@ alias list_reverse
#@ owns list
extern "mesh_list_reverse" pub fn reverse<A>(list :: List<A>) -> List<A>

# The first n elements; n is clamped.
#@ alias list_take
#@ owns list
extern "mesh_list_take" pub fn take<A>(list :: List<A>, n :: Int) -> List<A>

# All but the first n elements; n is clamped.
#@ alias list_drop
#@ owns list
extern "mesh_list_drop" pub fn drop<A>(list :: List<A>, n :: Int) -> List<A>

#@ alias list_map
pub fn map<A, B>(list :: List<A>, f :: Fun(A) -> B) -> List<B> do
  for x in list do
    f(x)
  end
end

#@ alias list_filter
pub fn filter<A>(list :: List<A>, keep :: Fun(A) -> Bool) -> List<A> do
  for x in list when keep(x) do
    x
  end
end

# Left fold: f(accumulator, element).
#@ alias list_reduce
pub fn reduce<A, B>(list :: List<A>, init :: B, f :: Fun(B, A) -> B) -> B do
  reduce_from(list, f, init, 0)
end

fn reduce_from<A, B>(list :: List<A>, f :: Fun(B, A) -> B, acc :: B, i :: Int) -> B do
  if i < length(list) do
    reduce_from(list, f, f(acc, Runtime.list_at(list, i)), i + 1)
  else
    acc
  end
end

# Stable; order(a, b) is negative when a comes first.
#@ alias list_sort
#@ owns list
#@ panics
extern "mesh_list_sort" pub fn sort<A>(list :: List<A>, order :: Fun(A, A) -> Int) -> List<A>

# The first element for which `is` holds.
#@ alias list_find
pub fn find<A>(list :: List<A>, is :: Fun(A) -> Bool) -> Option<A> do
  find_from(list, is, 0)
end

fn find_from<A>(list :: List<A>, is :: Fun(A) -> Bool, i :: Int) -> Option<A> do
  if i < length(list) do
    let x = Runtime.list_at(list, i)
    if is(x) do
      Some(x)
    else
      find_from(list, is, i + 1)
    end
  else
    None
  end
end

#@ alias list_any
pub fn any<A>(list :: List<A>, is :: Fun(A) -> Bool) -> Bool do
  any_from(list, is, 0)
end

fn any_from<A>(list :: List<A>, is :: Fun(A) -> Bool, i :: Int) -> Bool do
  if i < length(list) do
    if is(Runtime.list_at(list, i)) do
      true
    else
      any_from(list, is, i + 1)
    end
  else
    false
  end
end

#@ alias list_all
pub fn all<A>(list :: List<A>, is :: Fun(A) -> Bool) -> Bool do
  all_from(list, is, 0)
end

fn all_from<A>(list :: List<A>, is :: Fun(A) -> Bool, i :: Int) -> Bool do
  if i < length(list) do
    if is(Runtime.list_at(list, i)) do
      all_from(list, is, i + 1)
    else
      false
    end
  else
    true
  end
end

#@ alias list_contains
pub fn contains<A>(list :: List<A>, x :: A) -> Bool where A: Eq do
  contains_from(list, x, 0)
end

fn contains_from<A>(list :: List<A>, x :: A, i :: Int) -> Bool where A: Eq do
  if i < length(list) do
    if Runtime.list_at(list, i) == x do
      true
    else
      contains_from(list, x, i + 1)
    end
  else
    false
  end
end

# Pairs, as many as the shorter list has elements.
#@ alias list_zip
pub fn zip<A, B>(a :: List<A>, b :: List<B>) -> List<(A, B)> do
  for i in 0..Math.min(length(a), length(b)) do
    (Runtime.list_at(a, i), Runtime.list_at(b, i))
  end
end

#@ alias list_flat_map
pub fn flat_map<A, B>(list :: List<A>, f :: Fun(A) -> List<B>) -> List<B> do
  flat_map_from(list, f, [], 0)
end

fn flat_map_from<A, B>(list :: List<A>, f :: Fun(A) -> List<B>, acc :: List<B>, i :: Int) -> List<B> do
  if i < length(list) do
    flat_map_from(list, f, concat(acc, f(Runtime.list_at(list, i))), i + 1)
  else
    acc
  end
end

# One level.
#@ alias list_flatten
pub fn flatten<A>(lists :: List<List<A>>) -> List<A> do
  flatten_from(lists, [], 0)
end

fn flatten_from<A>(lists :: List<List<A>>, acc :: List<A>, i :: Int) -> List<A> do
  if i < length(lists) do
    flatten_from(lists, concat(acc, Runtime.list_at(lists, i)), i + 1)
  else
    acc
  end
end

# [(0, first), (1, second), ...]
#@ alias list_enumerate
pub fn enumerate<A>(list :: List<A>) -> List<(Int, A)> do
  for i in 0..length(list) do
    (i, Runtime.list_at(list, i))
  end
end

# The elements of an iterator.
pub fn collect<A>(it :: Iter<A>) -> List<A> do
  collect_into(it, [])
end

fn collect_into<A>(it :: Iter<A>, list :: List<A>) -> List<A> do
  case Iter.next(it) do
    Some(x) -> collect_into(it, append(list, x))
    None -> list
  end
end
