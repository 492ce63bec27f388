#@ module Iter
# Lazy, single-pass iterators: handles with a position. `step` gives the next element and moves on.

pub struct Iter<A> do
  step :: Fun() -> Option<A>
end deriving()

# The next element (`it.next()`, the Iterator method of every iterator).
pub fn next<A>(it :: Iter<A>) -> Option<A> do
  let step = it.step
  step()
end

# An iterator over a list (also `list.iter()`).
pub fn from<A>(list :: List<A>) -> Iter<A> do
  let position = Runtime.cell(0)
  Iter { step: fn() -> step_list(list, position) end }
end

fn step_list<A>(list :: List<A>, position :: Cell<Int>) -> Option<A> do
  let i = Runtime.cell_get(position)
  if i < List.length(list) do
    Runtime.cell_set(position, i + 1)
    Some(Runtime.list_at(list, i))
  else
    None
  end
end

# `map.iter()`
pub fn of_map<K, V>(map :: Map<K, V>) -> Iter<(K, V)> do
  let position = Runtime.cell(0)
  Iter { step: fn() -> step_map(map, position) end }
end

fn step_map<K, V>(map :: Map<K, V>, position :: Cell<Int>) -> Option<(K, V)> do
  let i = Runtime.map_next(map, Runtime.cell_get(position))
  if i < 0 do
    None
  else
    Runtime.cell_set(position, i + 1)
    Some((Runtime.map_key_at(map, i), Runtime.map_value_at(map, i)))
  end
end

# `set.iter()`
pub fn of_set<A>(set :: Set<A>) -> Iter<A> do
  let position = Runtime.cell(0)
  Iter { step: fn() -> step_set(set, position) end }
end

fn step_set<A>(set :: Set<A>, position :: Cell<Int>) -> Option<A> do
  let i = Runtime.set_next(set, Runtime.cell_get(position))
  if i < 0 do
    None
  else
    Runtime.cell_set(position, i + 1)
    Some(Runtime.set_at(set, i))
  end
end

# `range.iter()`
pub fn of_range(range :: Range) -> Iter<Int> do
  let position = Runtime.cell(range.start)
  let stop = range.stop
  Iter { step: fn() -> step_range(stop, position) end }
end

fn step_range(stop :: Int, position :: Cell<Int>) -> Option<Int> do
  let i = Runtime.cell_get(position)
  if i < stop do
    Runtime.cell_set(position, i + 1)
    Some(i)
  else
    None
  end
end

pub fn map<A, B>(it :: Iter<A>, f :: Fun(A) -> B) -> Iter<B> do
  Iter { step: fn() -> step_mapped(it, f) end }
end

fn step_mapped<A, B>(it :: Iter<A>, f :: Fun(A) -> B) -> Option<B> do
  case next(it) do
    Some(x) -> Some(f(x))
    None -> None
  end
end

pub fn filter<A>(it :: Iter<A>, keep :: Fun(A) -> Bool) -> Iter<A> do
  Iter { step: fn() -> find(it, keep) end }
end

# At most n elements; after them the source is not pulled again.
pub fn take<A>(it :: Iter<A>, n :: Int) -> Iter<A> do
  let left = Runtime.cell(n)
  Iter { step: fn() -> step_taken(it, left) end }
end

fn step_taken<A>(it :: Iter<A>, left :: Cell<Int>) -> Option<A> do
  let n = Runtime.cell_get(left)
  if n > 0 do
    Runtime.cell_set(left, n - 1)
    next(it)
  else
    None
  end
end

# Without the first n elements, which are skipped at the first pull.
pub fn skip<A>(it :: Iter<A>, n :: Int) -> Iter<A> do
  let left = Runtime.cell(n)
  Iter { step: fn() -> step_skipped(it, left) end }
end

fn step_skipped<A>(it :: Iter<A>, left :: Cell<Int>) -> Option<A> do
  let n = Runtime.cell_get(left)
  if n > 0 do
    Runtime.cell_set(left, n - 1)
    case next(it) do
      Some(_) -> step_skipped(it, left)
      None -> None
    end
  else
    next(it)
  end
end

# (index, element) from 0.
pub fn enumerate<A>(it :: Iter<A>) -> Iter<(Int, A)> do
  let index = Runtime.cell(0)
  Iter { step: fn() -> step_enumerated(it, index) end }
end

fn step_enumerated<A>(it :: Iter<A>, index :: Cell<Int>) -> Option<(Int, A)> do
  case next(it) do
    Some(x) ->
      let i = Runtime.cell_get(index)
      Runtime.cell_set(index, i + 1)
      Some((i, x))
    None -> None
  end
end

# Pairs; pulls a, then b, and ends with the first that ends.
pub fn zip<A, B>(a :: Iter<A>, b :: Iter<B>) -> Iter<(A, B)> do
  Iter { step: fn() -> step_zipped(a, b) end }
end

fn step_zipped<A, B>(a :: Iter<A>, b :: Iter<B>) -> Option<(A, B)> do
  case next(a) do
    Some(x) ->
      case next(b) do
        Some(y) -> Some((x, y))
        None -> None
      end
    None -> None
  end
end

pub fn count<A>(it :: Iter<A>) -> Int do
  count_from(it, 0)
end

fn count_from<A>(it :: Iter<A>, n :: Int) -> Int do
  case next(it) do
    Some(_) -> count_from(it, n + 1)
    None -> n
  end
end

pub fn sum(it :: Iter<Int>) -> Int do
  sum_from(it, 0)
end

fn sum_from(it :: Iter<Int>, total :: Int) -> Int do
  case next(it) do
    Some(x) -> sum_from(it, total + x)
    None -> total
  end
end

pub fn any<A>(it :: Iter<A>, is :: Fun(A) -> Bool) -> Bool do
  case find(it, is) do
    Some(_) -> true
    None -> false
  end
end

pub fn all<A>(it :: Iter<A>, is :: Fun(A) -> Bool) -> Bool do
  case next(it) do
    Some(x) ->
      if is(x) do
        all(it, is)
      else
        false
      end
    None -> true
  end
end

pub fn find<A>(it :: Iter<A>, is :: Fun(A) -> Bool) -> Option<A> do
  case next(it) do
    Some(x) ->
      if is(x) do
        Some(x)
      else
        find(it, is)
      end
    None -> None
  end
end

# Left fold: f(accumulator, element).
pub fn reduce<A, B>(it :: Iter<A>, init :: B, f :: Fun(B, A) -> B) -> B do
  case next(it) do
    Some(x) -> reduce(it, f(init, x), f)
    None -> init
  end
end
