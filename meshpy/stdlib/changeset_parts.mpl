#@ module ChangesetParts
#@ internal
# What a changeset holds: for Changeset, which validates, and Repo, which saves.

pub struct ChangesetData do
  data :: Map<String, String>
  changes :: Map<String, String>
  errors :: Map<String, String>
end deriving()

pub fn boxed(parts :: ChangesetData) -> Ptr do
  IoRuntime.box(3, parts)
end

pub fn parts(changeset :: Ptr) -> ChangesetData do
  IoRuntime.unbox(3, changeset)
end

# The first message of a field stays.
pub fn add_error(c :: ChangesetData, field :: String, message :: String) -> ChangesetData do
  if Map.has_key(c.errors, field) do c else %{c | errors: Map.put(c.errors, field, message)} end
end

pub fn with_error(changeset :: Ptr, field :: String, message :: String) -> Ptr do
  boxed(add_error(parts(changeset), field, message))
end
