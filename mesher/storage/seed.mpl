# Something to post to on a developer's machine. Running it again changes nothing.

pub fn seed_development(pool :: PoolHandle) -> Int!String do
  Pool.execute(pool, "INSERT INTO organizations (name, slug) VALUES ('Default', 'default') ON CONFLICT (slug) DO NOTHING", [])?
  Pool.execute(
    pool,
    """
    INSERT INTO projects (org_id, name, platform)
    SELECT o.id, 'Default Project', 'web' FROM organizations o
    WHERE o.slug = 'default'
      AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.org_id = o.id AND p.name = 'Default Project')
    """,
    []
  )?
  Pool.execute(
    pool,
    """
    INSERT INTO api_keys (project_id, key_value, label)
    SELECT p.id, 'mshr_devdefaultapikey000000000000000000000000000', 'dev-default'
    FROM projects p JOIN organizations o ON o.id = p.org_id
    WHERE o.slug = 'default' AND p.name = 'Default Project'
    ON CONFLICT (key_value) DO NOTHING
    """,
    []
  )
end
