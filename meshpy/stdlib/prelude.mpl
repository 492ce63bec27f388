#@ prelude
# What every program sees without a module.

pub type Option<T> do
  Some(T)
  None
end deriving()

pub type Result<T, E> do
  Ok(T)
  Err(E)
end deriving()

pub type Ordering do
  Less
  Equal
  Greater
end deriving()

# Writes the text and a newline to standard output, at once.
extern "mesh_println" pub fn println(text :: String) -> ()

# Writes the text to standard output, at once.
extern "mesh_print" pub fn print(text :: String) -> ()

# The default value of the type that the context requires.
#@ special
extern "" pub fn default<A>() -> A where A: Default

# Less, Equal or Greater.
#@ special
extern "" pub fn compare<A>(a :: A, b :: A) -> Ordering where A: Ord

pub fn map<A, B>(list :: List<A>, f :: Fun(A) -> B) -> List<B> do
  List.map(list, f)
end

pub fn filter<A>(list :: List<A>, keep :: Fun(A) -> Bool) -> List<A> do
  List.filter(list, keep)
end

pub fn reduce<A, B>(list :: List<A>, init :: B, f :: Fun(B, A) -> B) -> B do
  List.reduce(list, init, f)
end

pub fn head<A>(list :: List<A>) -> A do
  List.head(list)
end

pub fn tail<A>(list :: List<A>) -> List<A> do
  List.tail(list)
end
