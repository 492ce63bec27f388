#@ prelude
# The traits and structures that the language itself knows (types reference 10, 14.8). Their instances for built-in
# types are in instances.py; those of user types come from impls and deriving.

pub interface Add do
  type Output
  fn add(self, other :: Self) -> Self.Output
end

pub interface Sub do
  type Output
  fn sub(self, other :: Self) -> Self.Output
end

pub interface Mul do
  type Output
  fn mul(self, other :: Self) -> Self.Output
end

pub interface Div do
  type Output
  fn div(self, other :: Self) -> Self.Output
end

pub interface Mod do
  type Output
  fn mod(self, other :: Self) -> Self.Output
end

pub interface Neg do
  type Output
  fn neg(self) -> Self.Output
end

# Bool only; its method cannot be written, `not` being a keyword.
pub interface Not do
end

pub interface Eq do
  fn eq(self, other :: Self) -> Bool
end

pub interface Ord do
  fn lt(self, other :: Self) -> Bool
  fn compare(self, other :: Self) -> Ordering do
    if self < other do
      Less
    else if self == other do
      Equal
    else
      Greater
    end
  end
end

pub interface Display do
  fn to_string(self) -> String
end

pub interface Debug do
  fn inspect(self) -> String
end

pub interface Hash do
  fn hash(self) -> Int
end

pub interface Default do
  fn default() -> Self
end

pub interface From<A> do
  fn from(a :: A) -> Self
end

pub interface TryFrom<A> do
  fn try_from(a :: A)
end

pub interface Iterator do
  type Item
  fn next(self) -> Option<Self.Item>
end

pub interface Iterable do
  type Item
  type Iter
  fn iter(self) -> Self.Iter
end

# Implemented by deriving only.
pub interface ToJson do
  fn to_json(self) -> Json
end

pub struct HttpResponse do
  status :: Int
  body :: String
  headers :: Map<String, String>
end
