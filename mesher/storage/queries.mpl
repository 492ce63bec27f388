# Every SQL statement on the tenants, their users and their issues. Parameters travel as text, hence the casts.

from Types.Project import Organization, Project
from Types.User import User, OrgMembership, Session
from Types.Issue import Issue, Occurrence

fn first_row(rows :: List<Map<String, String>>) -> Map<String, String>!String do
  if List.length(rows) > 0 do
    Ok(List.head(rows))
  else
    Err("not found")
  end
end

# The column `value` of the only row.
fn one_value(pool :: PoolHandle, sql :: String, params :: List<String>) -> String!String do
  let row = first_row(Pool.query(pool, sql, params)?)?
  Ok(Map.get(row, "value"))
end

# --- organizations ---

pub fn insert_org(pool :: PoolHandle, name :: String, slug :: String) -> String!String do
  one_value(pool, "INSERT INTO organizations (name, slug) VALUES ($1, $2) RETURNING id::text AS value", [name, slug])
end

pub fn get_org(pool :: PoolHandle, id :: String) -> Organization!String do
  let rows = Pool.query(
    pool,
    "SELECT id::text, name, slug, created_at::text FROM organizations WHERE id = $1::uuid",
    [id]
  )?
  Organization.from_row(first_row(rows)?)
end

pub fn list_orgs(pool :: PoolHandle) -> List<Organization>!String do
  let rows = Pool.query(pool, "SELECT id::text, name, slug, created_at::text FROM organizations ORDER BY name", [])?
  Ok(for row in rows do
    Organization.from_row(row)?
  end)
end

# --- projects and API keys ---

pub fn insert_project(pool :: PoolHandle, org_id :: String, name :: String, platform :: String) -> String!String do
  one_value(
    pool,
    "INSERT INTO projects (org_id, name, platform) VALUES ($1::uuid, $2, $3) RETURNING id::text AS value",
    [org_id, name, platform]
  )
end

pub fn get_project(pool :: PoolHandle, id :: String) -> Project!String do
  let rows = Pool.query(
    pool,
    "SELECT id::text, org_id::text, name, platform, created_at::text FROM projects WHERE id = $1::uuid",
    [id]
  )?
  Project.from_row(first_row(rows)?)
end

pub fn list_projects_by_org(pool :: PoolHandle, org_id :: String) -> List<Project>!String do
  let rows = Pool.query(
    pool,
    "SELECT id::text, org_id::text, name, platform, created_at::text FROM projects WHERE org_id = $1::uuid ORDER BY name",
    [org_id]
  )?
  Ok(for row in rows do
    Project.from_row(row)?
  end)
end

pub fn create_api_key(pool :: PoolHandle, project_id :: String, label :: String) -> String!String do
  one_value(
    pool,
    "INSERT INTO api_keys (project_id, key_value, label) VALUES ($1::uuid, $2, $3) RETURNING key_value AS value",
    [project_id, "mshr_" <> Crypto.random_hex(24), label]
  )
end

pub fn get_project_by_api_key(pool :: PoolHandle, key_value :: String) -> Project!String do
  let rows = Pool.query(
    pool,
    """
    SELECT p.id::text, p.org_id::text, p.name, p.platform, p.created_at::text
    FROM projects p JOIN api_keys k ON k.project_id = p.id
    WHERE k.key_value = $1 AND k.revoked_at IS NULL
    """,
    [key_value]
  )?
  Project.from_row(first_row(rows)?)
end

pub fn revoke_api_key(pool :: PoolHandle, key_id :: String) -> Int!String do
  Pool.execute(pool, "UPDATE api_keys SET revoked_at = now() WHERE id = $1::uuid AND revoked_at IS NULL", [key_id])
end

# --- users, sessions, members ---

pub fn create_user(pool :: PoolHandle, email :: String, password :: String, display_name :: String) -> String!String do
  one_value(
    pool,
    "INSERT INTO users (email, password_hash, display_name) VALUES ($1, $2, $3) RETURNING id::text AS value",
    [email, Crypto.password_hash(password), display_name]
  )
end

fn verified_user(row :: Map<String, String>, password :: String) -> User!String do
  if Crypto.password_verify(password, Map.get(row, "password_hash")) do
    User.from_row(row)
  else
    Err("not found")
  end
end

pub fn authenticate_user(pool :: PoolHandle, email :: String, password :: String) -> User!String do
  let rows = Pool.query(
    pool,
    "SELECT id::text, email, display_name, created_at::text, password_hash FROM users WHERE email = $1",
    [email]
  )?
  case first_row(rows) do
    Ok(row) -> verified_user(row, password)
    Err(reason) ->
      # As much work as for a known address: the time of the answer must not tell which ones exist.
      let _ = Crypto.password_hash(password)
      Err(reason)
  end
end

pub fn get_user(pool :: PoolHandle, id :: String) -> User!String do
  let rows = Pool.query(
    pool,
    "SELECT id::text, email, display_name, created_at::text FROM users WHERE id = $1::uuid",
    [id]
  )?
  User.from_row(first_row(rows)?)
end

pub fn create_session(pool :: PoolHandle, user_id :: String) -> String!String do
  one_value(
    pool,
    "INSERT INTO sessions (token, user_id) VALUES ($1, $2::uuid) RETURNING token AS value",
    [Crypto.random_hex(32), user_id]
  )
end

pub fn validate_session(pool :: PoolHandle, token :: String) -> Session!String do
  let rows = Pool.query(
    pool,
    """
    SELECT token, user_id::text, created_at::text, expires_at::text
    FROM sessions WHERE token = $1 AND expires_at > now()
    """,
    [token]
  )?
  Session.from_row(first_row(rows)?)
end

pub fn delete_session(pool :: PoolHandle, token :: String) -> Int!String do
  Pool.execute(pool, "DELETE FROM sessions WHERE token = $1", [token])
end

pub fn add_member(pool :: PoolHandle, user_id :: String, org_id :: String, role :: String) -> String!String do
  one_value(
    pool,
    "INSERT INTO org_memberships (user_id, org_id, role) VALUES ($1::uuid, $2::uuid, $3) RETURNING id::text AS value",
    [user_id, org_id, role]
  )
end

fn memberships(pool :: PoolHandle, condition :: String, id :: String) -> List<OrgMembership>!String do
  let rows = Pool.query(
    pool,
    """
    SELECT id::text, user_id::text, org_id::text, role, joined_at::text
    FROM org_memberships WHERE ${condition} ORDER BY joined_at
    """,
    [id]
  )?
  Ok(for row in rows do
    OrgMembership.from_row(row)?
  end)
end

pub fn get_members(pool :: PoolHandle, org_id :: String) -> List<OrgMembership>!String do
  memberships(pool, "org_id = $1::uuid", org_id)
end

pub fn get_user_orgs(pool :: PoolHandle, user_id :: String) -> List<OrgMembership>!String do
  memberships(pool, "user_id = $1::uuid", user_id)
end

# --- issues ---

# A unique key has to fit a page of its index, so a long fingerprint is cut and made unique by its hash.
fn capped(fingerprint :: String) -> String do
  "CASE WHEN length(${fingerprint}) > 500 THEN left(${fingerprint}, 467) || '#' || md5(${fingerprint}) ELSE ${fingerprint} END"
end

# Counts one more event of a fingerprint, and makes the issue when there is none. `None`: the issue is discarded.
# The insertion reads from `prev`, so the state before it is known and locked; a regression is reported once.
pub fn record_occurrence(
  pool :: PoolHandle,
  project_id :: String,
  fingerprint :: String,
  title :: String,
  level :: String
) -> Option<Occurrence>!String do
  let rows = Pool.query(
    pool,
    """
    WITH input AS (SELECT $1::uuid AS project_id, ${capped("$2::text")} AS fingerprint),
    prev AS (
      SELECT i.id, i.status FROM issues i JOIN input USING (project_id, fingerprint)
      FOR UPDATE OF i
    ),
    up AS (
      INSERT INTO issues (project_id, fingerprint, title, level, event_count)
      SELECT input.project_id, input.fingerprint, $3::text, $4::text, 1 FROM input LEFT JOIN prev ON true
      ON CONFLICT (project_id, fingerprint) DO UPDATE
        SET status = CASE issues.status WHEN 'resolved' THEN 'unresolved' ELSE issues.status END,
            last_seen = now(),
            event_count = issues.event_count + 1
        WHERE issues.status <> 'discarded'
      RETURNING id, fingerprint, (xmax = 0) AS is_new
    )
    SELECT up.id::text AS issue_id, up.fingerprint, now()::text AS received_at, up.is_new::text AS is_new,
           (COALESCE(prev.status, '') = 'resolved')::text AS regressed
    FROM up LEFT JOIN prev ON prev.id = up.id
    """,
    [project_id, fingerprint, title, level]
  )?
  case first_row(rows) do
    Ok(row) -> Ok(Some(Occurrence.from_row(row)?))
    Err(_) -> Ok(None)
  end
end

pub fn upsert_issue(
  pool :: PoolHandle,
  project_id :: String,
  fingerprint :: String,
  title :: String,
  level :: String
) -> String!String do
  case record_occurrence(pool, project_id, fingerprint, title, level)? do
    Some(occurrence) -> Ok(occurrence.issue_id)
    None -> Ok("discarded")
  end
end

pub fn is_issue_discarded(pool :: PoolHandle, project_id :: String, fingerprint :: String) -> Bool!String do
  let found = one_value(
    pool,
    """
    SELECT EXISTS (
      SELECT 1 FROM issues
      WHERE project_id = $1::uuid AND fingerprint = ${capped("$2::text")} AND status = 'discarded'
    )::text AS value
    """,
    [project_id, fingerprint]
  )?
  Ok(found == "true")
end

fn set_status(pool :: PoolHandle, id :: String, status :: String) -> Int!String do
  Pool.execute(pool, "UPDATE issues SET status = $2 WHERE id = $1::uuid", [id, status])
end

pub fn resolve_issue(pool :: PoolHandle, id :: String) -> Int!String do
  Pool.execute(pool, "UPDATE issues SET status = 'resolved' WHERE id = $1::uuid AND status <> 'resolved'", [id])
end

pub fn archive_issue(pool :: PoolHandle, id :: String) -> Int!String do
  set_status(pool, id, "archived")
end

pub fn unresolve_issue(pool :: PoolHandle, id :: String) -> Int!String do
  set_status(pool, id, "unresolved")
end

pub fn discard_issue(pool :: PoolHandle, id :: String) -> Int!String do
  set_status(pool, id, "discarded")
end

# An empty user id takes the assignment away.
pub fn assign_issue(pool :: PoolHandle, id :: String, user_id :: String) -> Int!String do
  Pool.execute(pool, "UPDATE issues SET assigned_to = NULLIF($2, '')::uuid WHERE id = $1::uuid", [id, user_id])
end

# The events go with the issue, in one statement and so in one transaction.
pub fn delete_issue(pool :: PoolHandle, id :: String) -> Int!String do
  Pool.execute(
    pool,
    """
    WITH gone AS (DELETE FROM events WHERE issue_id = $1::uuid)
    DELETE FROM issues WHERE id = $1::uuid
    """,
    [id]
  )
end

pub fn list_issues_by_status(pool :: PoolHandle, project_id :: String, status :: String) -> List<Issue>!String do
  let rows = Pool.query(
    pool,
    """
    SELECT id::text, project_id::text, fingerprint, title, level, status, event_count::text,
           first_seen::text, last_seen::text, assigned_to::text
    FROM issues WHERE project_id = $1::uuid AND status = $2
    ORDER BY last_seen DESC, id DESC
    """,
    [project_id, status]
  )?
  Ok(for row in rows do
    Issue.from_row(row)?
  end)
end

pub fn count_unresolved_issues(pool :: PoolHandle, project_id :: String) -> List<Map<String, String>>!String do
  Pool.query(
    pool,
    "SELECT count(*)::text AS cnt FROM issues WHERE project_id = $1::uuid AND status = 'unresolved'",
    [project_id]
  )
end

# No row when there is no such issue.
pub fn get_issue_project_id(pool :: PoolHandle, issue_id :: String) -> List<Map<String, String>>!String do
  Pool.query(pool, "SELECT project_id::text FROM issues WHERE id = $1::uuid", [issue_id])
end

# Reopens the archived issues that got far more events in the last hour than the week before lets expect.
# A row for each, with `id` and `project_id`.
pub fn escalate_volume_spikes(pool :: PoolHandle) -> List<Map<String, String>>!String do
  Pool.query(
    pool,
    """
    WITH volume AS (
      SELECT i.id,
             count(*) FILTER (WHERE e.received_at > now() - interval '1 hour') AS last_hour,
             count(*) AS last_week
      FROM issues i JOIN events e ON e.issue_id = i.id
      WHERE i.status = 'archived' AND e.received_at > now() - interval '7 days'
      GROUP BY i.id
    )
    UPDATE issues SET status = 'unresolved' FROM volume
    WHERE issues.id = volume.id AND issues.status = 'archived'
      AND volume.last_hour > GREATEST(10, volume.last_week / 168 * 10)
    RETURNING issues.id::text AS id, issues.project_id::text AS project_id
    """,
    []
  )
end

pub fn check_volume_spikes(pool :: PoolHandle) -> Int!String do
  Ok(List.length(escalate_volume_spikes(pool)?))
end

# --- events ---

# The texts of the elements of a bulk request, untouched: an array, or an object with the array under `events`.
# At most `limit` of them. A body of another shape is a data error.
pub fn split_bulk(pool :: PoolHandle, body :: String, limit :: Int) -> List<String>!String do
  let rows = Pool.query(
    pool,
    """
    SELECT e.element::text AS element
    FROM (SELECT $1::json AS body) AS request,
    json_array_elements(COALESCE(
      CASE json_typeof(body) WHEN 'array' THEN body WHEN 'object' THEN body->'events' END, '0'
    )) WITH ORDINALITY AS e(element, position)
    ORDER BY e.position LIMIT $2::int
    """,
    [body, String.from(limit)]
  )?
  Ok(List.map(rows, fn row -> Map.get(row, "element") end))
end

# What `Ingestion.Decode` and `Ingestion.Fingerprint` compute, as one statement: `fingerprint`, `title`, `level`.
pub fn extract_event_fields(pool :: PoolHandle, event_json :: String) -> Map<String, String>!String do
  let rows = Pool.query(
    pool,
    """
    WITH fields AS (
      SELECT CASE
          WHEN jsonb_typeof(j->'fingerprint') = 'array' AND jsonb_array_length(j->'fingerprint') > 0
            THEN (j->'fingerprint')::text
          WHEN jsonb_typeof(j->'fingerprint') = 'string' AND length(j->>'fingerprint') > 0
            THEN j->>'fingerprint'
          WHEN jsonb_typeof(j->'stacktrace') = 'array' AND jsonb_array_length(j->'stacktrace') > 0
            THEN (SELECT string_agg(COALESCE(fr->>'filename', '') || '|' || COALESCE(fr->>'function_name', ''), ';' ORDER BY pos)
                    FROM jsonb_array_elements(j->'stacktrace') WITH ORDINALITY AS s(fr, pos)) || ':' || n.msg
          WHEN COALESCE(j->'exception'->>'type_name', '') <> ''
            THEN (j->'exception'->>'type_name') || ':' || n.exv
          ELSE 'msg:' || n.msg
        END AS fingerprint,
        COALESCE(NULLIF(j->>'message', ''), 'Untitled') AS title,
        COALESCE(NULLIF(j->>'level', ''), 'error') AS level
      FROM (SELECT $1::jsonb AS j) src,
      LATERAL (
        SELECT btrim(replace(lower(COALESCE(j->>'message', '')), '0x', ''), chr(32) || chr(9) || chr(10) || chr(13) || chr(12) || chr(11)) AS msg,
               btrim(replace(lower(COALESCE(j->'exception'->>'value', '')), '0x', ''), chr(32) || chr(9) || chr(10) || chr(13) || chr(12) || chr(11)) AS exv
      ) n
    )
    SELECT ${capped("fingerprint")} AS fingerprint, title, level FROM fields
    """,
    [event_json]
  )?
  first_row(rows)
end
