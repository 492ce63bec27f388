from Storage.Queries import (
  insert_project,
  get_project,
  list_projects_by_org,
  create_api_key,
  get_project_by_api_key,
  revoke_api_key
)
from Types.Project import Project

service ProjectService do
  fn init(pool :: PoolHandle) -> PoolHandle do
    pool
  end

  call CreateProject(org_id :: String, name :: String, platform :: String) :: String!String do |pool|
    (pool, insert_project(pool, org_id, name, platform))
  end

  call GetProject(id :: String) :: Project!String do |pool|
    (pool, get_project(pool, id))
  end

  call ListProjectsByOrg(org_id :: String) :: List<Project>!String do |pool|
    (pool, list_projects_by_org(pool, org_id))
  end

  call CreateApiKey(project_id :: String, label :: String) :: String!String do |pool|
    (pool, create_api_key(pool, project_id, label))
  end

  call GetProjectByApiKey(key_value :: String) :: Project!String do |pool|
    (pool, get_project_by_api_key(pool, key_value))
  end

  call RevokeApiKey(key_id :: String) :: Int!String do |pool|
    (pool, revoke_api_key(pool, key_id))
  end
end
