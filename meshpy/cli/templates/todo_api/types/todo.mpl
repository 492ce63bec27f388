# What travels as JSON.

pub struct Todo do
  id :: Int
  title :: String
  completed :: Bool
end deriving(Eq, Debug, Json)

pub struct NewTodo do
  title :: String
end deriving(Json)

# Fields that are left out stay as they are.
pub struct TodoChange do
  title :: Option<String>
  completed :: Option<Bool>
end deriving(Json)
