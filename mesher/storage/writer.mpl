# Writing rows of `events`.

# An accepted event on its way to the table. `received_at` is fixed when it is accepted,
# so that writing the same entry twice is one row.
pub struct WriteEntry do
  event_id :: String
  project_id :: String
  issue_id :: String
  fingerprint :: String
  received_at :: String
  event_json :: String
end

fn placeholders(row :: Int) -> String do
  let first = row * 6 + 1
  let names = for n in first..first + 6 do
    "$" <> String.from(n) <> "::text"
  end
  "(" <> String.join(names, ", ") <> ")"
end

fn params(entry :: WriteEntry) -> List<String> do
  [entry.event_id, entry.project_id, entry.issue_id, entry.fingerprint, entry.received_at, entry.event_json]
end

# All entries or none, in one statement. An entry whose issue was deleted meanwhile goes the way of its issue.
pub fn insert_entries(pool :: PoolHandle, entries :: List<WriteEntry>) -> Int!String do
  let rows = for n in 0..List.length(entries) do
    placeholders(n)
  end
  Pool.execute(
    pool,
    """
    INSERT INTO events (id, project_id, issue_id, level, message, fingerprint, exception, stacktrace, breadcrumbs,
                        tags, extra, user_context, sdk_name, sdk_version, received_at)
    SELECT v.id::uuid, v.project_id::uuid, v.issue_id::uuid, COALESCE(NULLIF(j->>'level', ''), 'error'), j->>'message',
           v.fingerprint, NULLIF(j->'exception', 'null'), NULLIF(j->'stacktrace', 'null'), NULLIF(j->'breadcrumbs', 'null'),
           COALESCE(NULLIF(j->'tags', 'null'), '{}'), COALESCE(NULLIF(j->'extra', 'null'), '{}'),
           NULLIF(j->'user_context', 'null'), j->>'sdk_name', j->>'sdk_version', v.received_at::timestamptz
    FROM (VALUES ${String.join(rows, ", ")}) AS v(id, project_id, issue_id, fingerprint, received_at, event),
    LATERAL (SELECT v.event::jsonb AS j) AS event
    WHERE EXISTS (SELECT 1 FROM issues WHERE issues.id = v.issue_id::uuid)
    ON CONFLICT DO NOTHING
    """,
    List.flat_map(entries, params)
  )
end

pub fn insert_event(
  pool :: PoolHandle,
  project_id :: String,
  issue_id :: String,
  fingerprint :: String,
  json_str :: String
) -> Int!String do
  let entry = WriteEntry {
    event_id: Crypto.uuid4(),
    project_id: project_id,
    issue_id: issue_id,
    fingerprint: fingerprint,
    received_at: "now",
    event_json: json_str
  }
  insert_entries(pool, [entry])
end
