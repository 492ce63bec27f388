pub type Severity do
  Fatal
  Error
  Warning
  Info
  Debug
end deriving(Json)

pub struct StackFrame do
  filename :: String
  function_name :: String
  lineno :: Int
  colno :: Int
  context_line :: String
  in_app :: Bool
end deriving(Json)

pub struct ExceptionInfo do
  type_name :: String
  value :: String
  module_name :: String
end deriving(Json)

pub struct Breadcrumb do
  timestamp :: String
  category :: String
  message :: String
  level :: String
  data :: String
end deriving(Json)

# An event as the pipeline sees it; `tags`, `extra` and `user_context` are JSON texts.
pub struct EventPayload do
  message :: String
  level :: String
  fingerprint :: String
  exception :: Option<ExceptionInfo>
  stacktrace :: Option<List<StackFrame>>
  breadcrumbs :: Option<List<Breadcrumb>>
  tags :: String
  extra :: String
  user_context :: String
  sdk_name :: Option<String>
  sdk_version :: Option<String>
end deriving(Json)

# A row of the table `events`.
pub struct Event do
  id :: String
  project_id :: String
  issue_id :: String
  level :: String
  message :: String
  fingerprint :: String
  exception :: String
  stacktrace :: String
  breadcrumbs :: String
  tags :: String
  extra :: String
  user_context :: String
  sdk_name :: String
  sdk_version :: String
  received_at :: String
end deriving(Json, Row)
