pub type IssueStatus do
  Unresolved
  Resolved
  Archived
end deriving(Json)

# A row of the table `issues`; `assigned_to` is empty when nobody is assigned.
pub struct Issue do
  id :: String
  project_id :: String
  fingerprint :: String
  title :: String
  level :: String
  status :: String
  event_count :: Int
  first_seen :: String
  last_seen :: String
  assigned_to :: String
end deriving(Json, Row)

# What recording one event did to its issue.
pub struct Occurrence do
  issue_id :: String
  fingerprint :: String
  received_at :: String
  is_new :: Bool
  regressed :: Bool
end deriving(Row)
