from Storage.Queries import insert_org, get_org, list_orgs
from Types.Project import Organization

service OrgService do
  fn init(pool :: PoolHandle) -> PoolHandle do
    pool
  end

  call CreateOrg(name :: String, slug :: String) :: String!String do |pool|
    (pool, insert_org(pool, name, slug))
  end

  call GetOrg(id :: String) :: Organization!String do |pool|
    (pool, get_org(pool, id))
  end

  call ListOrgs() :: List<Organization>!String do |pool|
    (pool, list_orgs(pool))
  end
end
