pub struct Organization do
  id :: String
  name :: String
  slug :: String
  created_at :: String
end deriving(Json, Row)

pub struct Project do
  id :: String
  org_id :: String
  name :: String
  platform :: String
  created_at :: String
end deriving(Json, Row)

pub struct ApiKey do
  id :: String
  project_id :: String
  key_value :: String
  label :: String
  created_at :: String
  revoked_at :: Option<String>
end deriving(Json, Row)
