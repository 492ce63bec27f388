from Storage.Queries import (
  create_user,
  authenticate_user,
  get_user,
  create_session,
  validate_session,
  delete_session,
  add_member,
  get_members
)
from Types.User import User, OrgMembership, Session

fn login(pool :: PoolHandle, email :: String, password :: String) -> String!String do
  case authenticate_user(pool, email, password) do
    Ok(user) -> create_session(pool, user.id)
    Err("not found") -> Err("authentication failed")
    Err(reason) -> Err(reason)
  end
end

service UserService do
  fn init(pool :: PoolHandle) -> PoolHandle do
    pool
  end

  call Register(email :: String, password :: String, display_name :: String) :: String!String do |pool|
    (pool, create_user(pool, email, password, display_name))
  end

  call Login(email :: String, password :: String) :: String!String do |pool|
    (pool, login(pool, email, password))
  end

  call ValidateSession(token :: String) :: Session!String do |pool|
    (pool, validate_session(pool, token))
  end

  call Logout(token :: String) :: Int!String do |pool|
    (pool, delete_session(pool, token))
  end

  call GetUser(id :: String) :: User!String do |pool|
    (pool, get_user(pool, id))
  end

  call AddMember(user_id :: String, org_id :: String, role :: String) :: String!String do |pool|
    (pool, add_member(pool, user_id, org_id, role))
  end

  call GetMembers(org_id :: String) :: List<OrgMembership>!String do |pool|
    (pool, get_members(pool, org_id))
  end
end
