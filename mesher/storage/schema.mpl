# Tables, indexes and the daily partitions of `events`. Every statement may run again on a database that has it all.

fn tables() -> List<String> do
  [
    """
    CREATE TABLE IF NOT EXISTS organizations (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      name TEXT NOT NULL,
      slug TEXT NOT NULL UNIQUE,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS users (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      email TEXT NOT NULL UNIQUE,
      password_hash TEXT NOT NULL,
      display_name TEXT NOT NULL,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS org_memberships (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      org_id UUID NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
      role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
      joined_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      UNIQUE (user_id, org_id)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS sessions (
      token TEXT PRIMARY KEY,
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      expires_at TIMESTAMPTZ NOT NULL DEFAULT now() + interval '7 days'
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS projects (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      org_id UUID NOT NULL REFERENCES organizations(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      platform TEXT,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS api_keys (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
      key_value TEXT NOT NULL UNIQUE,
      label TEXT NOT NULL DEFAULT 'default',
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      revoked_at TIMESTAMPTZ
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS issues (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      project_id UUID NOT NULL,
      fingerprint TEXT NOT NULL,
      title TEXT NOT NULL,
      level TEXT NOT NULL,
      status TEXT NOT NULL DEFAULT 'unresolved',
      event_count INTEGER NOT NULL DEFAULT 0,
      first_seen TIMESTAMPTZ NOT NULL DEFAULT now(),
      last_seen TIMESTAMPTZ NOT NULL DEFAULT now(),
      assigned_to UUID REFERENCES users(id),
      UNIQUE (project_id, fingerprint)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS events (
      id UUID NOT NULL DEFAULT gen_random_uuid(),
      project_id UUID NOT NULL,
      issue_id UUID NOT NULL,
      level TEXT NOT NULL,
      message TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      exception JSONB,
      stacktrace JSONB,
      breadcrumbs JSONB,
      tags JSONB NOT NULL DEFAULT '{}',
      extra JSONB NOT NULL DEFAULT '{}',
      user_context JSONB,
      sdk_name TEXT,
      sdk_version TEXT,
      received_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      PRIMARY KEY (id, received_at)
    ) PARTITION BY RANGE (received_at)
    """,
    """
    CREATE TABLE IF NOT EXISTS alert_rules (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      condition_json JSONB NOT NULL,
      action_json JSONB NOT NULL,
      enabled BOOLEAN NOT NULL DEFAULT true,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now()
    )
    """
  ]
end

fn indexes() -> List<String> do
  [
    "idx_org_memberships_user ON org_memberships (user_id)",
    "idx_org_memberships_org ON org_memberships (org_id)",
    "idx_sessions_user ON sessions (user_id)",
    "idx_sessions_expires ON sessions (expires_at)",
    "idx_projects_org ON projects (org_id)",
    "idx_api_keys_project ON api_keys (project_id)",
    "idx_api_keys_value ON api_keys (key_value) WHERE revoked_at IS NULL",
    "idx_issues_project_status ON issues (project_id, status)",
    "idx_issues_project_last_seen ON issues (project_id, last_seen DESC)",
    "idx_events_project_received ON events (project_id, received_at DESC)",
    "idx_events_issue_received ON events (issue_id, received_at DESC)",
    "idx_events_level ON events (level, received_at DESC)",
    "idx_events_fingerprint ON events (fingerprint)",
    "idx_events_tags ON events USING GIN (tags jsonb_path_ops)",
    "idx_alert_rules_project ON alert_rules (project_id) WHERE enabled = true"
  ]
end

# The number of statements; the first one that fails ends the work.
pub fn create_schema(pool :: PoolHandle) -> Int!String do
  for statement in tables() do
    Pool.execute(pool, statement, [])?
  end
  for index in indexes() do
    Pool.execute(pool, "CREATE INDEX IF NOT EXISTS ${index}", [])?
  end
  Ok(List.length(tables()) + List.length(indexes()))
end

# The partition of one day, `date_str` being YYYYMMDD. The bounds are written in UTC, because a bound
# without a zone is read in the zone of the session and two sessions would make overlapping partitions.
pub fn create_partition(pool :: PoolHandle, date_str :: String) -> Int!String do
  let year = String.slice(date_str, 0, 4)
  let month = String.slice(date_str, 4, 6)
  let day = String.slice(date_str, 6, 8)
  let start = "'${year}-${month}-${day} 00:00:00+00'"
  case String.to_int(date_str) do
    Some(_) -> Pool.execute(
      pool,
      "CREATE TABLE IF NOT EXISTS events_${date_str} PARTITION OF events " <>
        "FOR VALUES FROM (${start}) TO (${start}::timestamptz + interval '24 hours')",
      []
    )
    None -> Err("invalid partition date: ${date_str}")
  end
end

# Partitions for today and the days after it, `days` in all; today is what UTC says.
pub fn create_partitions_ahead(pool :: PoolHandle, days :: Int) -> Int!String do
  let rows = Pool.query(
    pool,
    """
    SELECT to_char((now() AT TIME ZONE 'UTC')::date + d, 'YYYYMMDD') AS day
    FROM generate_series(0, $1::int - 1) AS d
    """,
    [String.from(days)]
  )?
  for row in rows do
    create_partition(pool, Map.get(row, "day"))?
  end
  Ok(List.length(rows))
end
