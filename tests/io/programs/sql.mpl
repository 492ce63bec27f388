# The SQL of Orm, Query, Expr, Repo and Migration. Each comment `# sql:` is what the line below it sends, `# prints:` what
# it prints. The pool connects to nothing: statements are seen by MESH_SQL_LOG.

fn q() -> Ptr do
  Query.from("pets")
end

fn all(pool, query) do
  let _ = Repo.all(pool, query)
  nil
end

fn show(result :: Result<Int, String>) -> () do
  case result do
    Ok(n) -> println("${n}")
    Err(e) -> if String.starts_with(e, "pool connect") do nil else println(e) end
  end
end

fn row(result :: Result<Map<String, String>, String>) -> () do
  case result do
    Ok(_) -> println("row")
    Err(e) -> if String.starts_with(e, "pool connect") do nil else println(e) end
  end
end

fn orm() do
  # prints: SELECT * FROM "pets"
  println(Orm.build_select("pets", [], [], [], -1, -1))
  # prints: SELECT "id", "name" FROM "pets" WHERE "age" >= $1 AND "owner" IS NULL ORDER BY "name" DESC LIMIT 5
  println(Orm.build_select("pets", ["id", "name"], ["age >=", "owner IS NULL"], ["name desc"], 5, -1))
  # prints: SELECT "a" FROM "s"."t" WHERE "x" = $1 ORDER BY "a" ASC OFFSET 2
  println(Orm.build_select("s.t", ["a"], ["x"], ["a"], -1, 2))
  # prints: INSERT INTO "pets" ("name", "age") VALUES ($1, $2) RETURNING *
  println(Orm.build_insert("pets", ["name", "age"], ["*"]))
  # prints: UPDATE "pets" SET "age" = $1 WHERE "id" = $2 RETURNING "id"
  println(Orm.build_update("pets", ["age"], ["id ="], ["id"]))
  # prints: DELETE FROM "pets" WHERE "id" = $1
  println(Orm.build_delete("pets", ["id"], []))
  # prints: DELETE FROM "a""b"
  println(Orm.build_delete("a\"b", [], []))
end

fn queries(pool) do
  # sql: SELECT * FROM "pets"
  all(pool, q())
  # sql: SELECT * FROM "pets" WHERE "kind" = $1 AND "age" > $2 ORDER BY "name" ASC LIMIT 2 | cat, 3
  all(pool, q() |> Query.where(:kind, "cat") |> Query.where_op(:age, :gt, "3") |> Query.order_by(:name, :asc) |> Query.limit(2))
  # sql: SELECT "id" FROM "pets" WHERE "id" IN ($1, $2) AND "sold_at" IS NULL | 7, 9
  all(pool, q() |> Query.select(["id"]) |> Query.where_in(:id, ["7", "9"]) |> Query.where_null(:sold_at))
  # sql: SELECT * FROM "pets" WHERE "a" = $1 AND lower(name) = lower($2) AND ("b" = $3 OR "c" = $4) | x, Bo, 1, 2
  all(pool, q() |> Query.where(:a, "x") |> Query.where_raw("lower(name) = lower(?)", ["Bo"]) |> Query.where_or([:b, :c], ["1", "2"]))
  # sql: SELECT kind, count(*) FROM "pets" GROUP BY "kind" HAVING count(*) > $1 ORDER BY count(*) DESC | 5
  all(pool, q() |> Query.select_raw(["kind"]) |> Query.select_count() |> Query.group_by(:kind) |> Query.having("count(*) >", "5") |> Query.order_by_raw("count(*) DESC"))
  # sql: SELECT * FROM "pets" LEFT JOIN "owners" o ON o.id = pets.owner_id WHERE "age" BETWEEN $1 AND $2 | 1, 4
  all(pool, q() |> Query.join_as(:left, "owners", "o", "o.id = pets.owner_id") |> Query.where_between(:age, "1", "4"))
  # sql: SELECT * FROM "pets" WHERE "a" = $1 FOR UPDATE | x
  all(pool, q() |> Query.where(:a, "x") |> Query.fragment("FOR UPDATE", []))
  # sql: SELECT * FROM "owners" WHERE "id" IN (SELECT "owner_id" FROM "pets" WHERE "kind" = $1) | dog
  all(pool, Query.from("owners") |> Query.where_sub(:id, q() |> Query.select(["owner_id"]) |> Query.where(:kind, "dog")))
  # sql: SELECT * FROM "pets" WHERE "z" = $1 AND "id" IN (SELECT * FROM "t" WHERE "a" IN ($2, $3) ORDER BY "a" DESC LIMIT 1) AND "w" = $4 | 0, 1, 2, 3
  all(pool, q() |> Query.where(:z, "0") |> Query.where_sub(:id, Query.from("t") |> Query.where_in(:a, ["1", "2"]) |> Query.order_by(:a, :desc) |> Query.limit(1)) |> Query.where(:w, "3"))
  # sql: SELECT * FROM "pets" WHERE FALSE AND TRUE
  all(pool, q() |> Query.where_in(:a, []) |> Query.where_not_in(:b, []))
  # sql: SELECT * FROM "pets" WHERE "a" NOT IN ($1) AND "b" IS NOT NULL | 1
  all(pool, q() |> Query.where_not_in(:a, ["1"]) |> Query.where_not_null(:b))
  # sql: SELECT "o".*, "o"."id" FROM "s"."pets" INNER JOIN "owners" ON true RIGHT JOIN "x" ON false
  all(pool, Query.from("s.pets") |> Query.select(["o.*", "o.id"]) |> Query.join(:inner, "owners", "true") |> Query.join(:right, "x", "false"))
  # sql: SELECT * FROM "pets" WHERE "z" = $1 AND data ? 'k' AND x = $3 AND y = $2 AND z = $2 AND "w" = $4 | 0, p, q, 1
  all(pool, q() |> Query.where(:z, "0") |> Query.where_raw("data ? 'k' AND x = $2 AND y = $1 AND z = $1", ["p", "q"]) |> Query.where(:w, "1"))
  # sql: SELECT * FROM "pets" WHERE a = '?' AND b = $1 -- ? | 1
  all(pool, q() |> Query.where_raw("a = '?' AND b = ? -- ?", ["1"]))
  # sql: SELECT count("a"), sum("b"), avg("c"), min("d"), max("e") FROM "pets" GROUP BY f(x) OFFSET 3
  all(pool, q() |> Query.select_count_field(:a) |> Query.select_sum(:b) |> Query.select_avg(:c) |> Query.select_min(:d) |> Query.select_max(:e) |> Query.group_by_raw("f(x)") |> Query.offset(3) |> Query.limit(-1))
  # sql: SELECT ("issues"."count" + $1) AS "n", ("a" - ("b" * ("c" / $2))) FROM "pets" WHERE ($3::uuid = coalesce("a", NULL)) | 1, 2, u
  all(pool, q() |> Query.select_expr(Expr.label(Expr.add(Expr.column("issues.count"), Expr.value("1")), "n")) |> Query.select_exprs([Expr.sub(Expr.column("a"), Expr.mul(Expr.column("b"), Expr.div(Expr.column("c"), Expr.value("2"))))]) |> Query.where_expr(Expr.eq(Pg.uuid(Expr.value("u")), Expr.call("coalesce", [Expr.column("a"), Expr.null()]))))
  # sql: SELECT * FROM "pets" WHERE (to_tsvector($1::regconfig, "t") @@ plainto_tsquery($2::regconfig, $3)) AND ("j" @> $4::jsonb) AND ("h" = crypt($5, gen_salt($6, $7))) | english, english, q, {}, pw, bf, 12
  all(pool, q() |> Query.where_expr(Pg.tsvector_matches(Pg.to_tsvector("english", Expr.column("t")), Pg.plainto_tsquery("english", Expr.value("q")))) |> Query.where_expr(Pg.jsonb_contains(Expr.column("j"), Pg.jsonb(Expr.value("{}")))) |> Query.where_expr(Expr.eq(Expr.column("h"), Pg.crypt(Expr.value("pw"), Pg.gen_salt("bf", 12)))))
  # sql: SELECT ts_rank("a", "b"), COALESCE("x"::int, $1::text, $2::timestamptz), CASE WHEN ("a" < $3) THEN $4 WHEN ("a" >= $5) THEN $6 ELSE "c" END FROM "pets" | y, z, 1, r, 2, s
  all(pool, q() |> Query.select_exprs([Pg.ts_rank(Expr.column("a"), Expr.column("b")), Expr.coalesce([Pg.int(Expr.column("x")), Pg.text(Expr.value("y")), Pg.timestamptz(Expr.value("z"))]), Expr.case([Expr.lt(Expr.column("a"), Expr.value("1")), Expr.gte(Expr.column("a"), Expr.value("2"))], [Expr.value("r"), Expr.value("s")], Expr.column("c"))]))
  # sql: SELECT "a" AS "n", CASE WHEN ("a" != "b") THEN "c"::numeric ELSE NULL END FROM "pets" WHERE ("a" <= $1) AND ("a" > $2) | 1, 2
  all(pool, q() |> Query.select_exprs([Expr.alias(Expr.column("a"), "n"), Expr.case_when([Expr.neq(Expr.column("a"), Expr.column("b"))], [Pg.cast(Expr.column("c"), "numeric")], Expr.null())]) |> Query.where_expr(Expr.lte(Expr.column("a"), Expr.value("1"))) |> Query.where_expr(Expr.gt(Expr.column("a"), Expr.value("2"))))
end

fn repo(pool) do
  # sql: SELECT $2::int - $1::int | 1, 2
  let _ = Repo.query_raw(pool, "SELECT $2::int - $1::int", ["1", "2"])
  # sql: DELETE FROM t WHERE a ? 'b'
  show(Repo.execute_raw(pool, "DELETE FROM t WHERE a ? 'b'", []))
  # sql: SELECT * FROM "pets" WHERE "id" = $1 LIMIT 1 | 7
  row(Repo.get(pool, "pets", "7"))
  # sql: SELECT * FROM "pets" WHERE "name" = $1 LIMIT 1 | Bo
  row(Repo.get_by(pool, "pets", "name", "Bo"))
  # sql: SELECT * FROM "pets" ORDER BY "a" ASC LIMIT 1
  row(Repo.one(pool, q() |> Query.order_by(:a, :asc) |> Query.limit(9)))
  # sql: SELECT COUNT(*) FROM "pets" WHERE "a" = $1 | 1
  show(Repo.count(pool, q() |> Query.where(:a, "1") |> Query.limit(3) |> Query.select(["x"])))
  # sql: SELECT EXISTS(SELECT 1 FROM "pets" WHERE "a" = $1 LIMIT 1) | 1
  let _ = Repo.exists(pool, q() |> Query.where(:a, "1") |> Query.group_by(:a))
  # sql: INSERT INTO "pets" ("name", "age") VALUES ($1, $2) RETURNING * | Bo, 3
  row(Repo.insert(pool, "pets", %{"name" => "Bo", "age" => "3"}))
  # prints: insert: no fields provided
  row(Repo.insert(pool, "pets", %{}))
  # sql: INSERT INTO "pets" ("name", "at") VALUES ($1, now()) RETURNING * | Bo
  row(Repo.insert_expr(pool, "pets", %{"name" => Expr.value("Bo"), "at" => Expr.fn_call("now", [])}))
  # sql: UPDATE "pets" SET "a" = $1, "b" = $2 WHERE "id" = $3 RETURNING * | 1, 2, 7
  row(Repo.update(pool, "pets", "7", %{"a" => "1", "b" => "2"}))
  # sql: UPDATE "pets" SET "a" = $1 WHERE "b" = $2 RETURNING * | 1, 2
  row(Repo.update_where(pool, "pets", %{"a" => "1"}, Query.from("ignored") |> Query.where(:b, "2") |> Query.limit(1)))
  # prints: update_where: no WHERE conditions
  row(Repo.update_where(pool, "pets", %{"a" => "1"}, q()))
  # sql: UPDATE "pets" SET "n" = ("n" + $1) WHERE FALSE RETURNING * | 1
  row(Repo.update_where_expr(pool, "pets", %{"n" => Expr.add(Expr.column("n"), Expr.value("1"))}, q() |> Query.where_in(:id, [])))
  # sql: DELETE FROM "pets" WHERE "id" = $1 RETURNING * | 7
  row(Repo.delete(pool, "pets", "7"))
  # sql: DELETE FROM "pets" WHERE "a" = $1 | 1
  show(Repo.delete_where(pool, "pets", q() |> Query.where(:a, "1")))
  # prints: delete_where: no WHERE conditions
  show(Repo.delete_where(pool, "pets", q()))
  # sql: DELETE FROM "pets" WHERE "a" = $1 RETURNING * | 1
  let _ = Repo.delete_where_returning(pool, "pets", q() |> Query.where(:a, "1"))
  # sql: INSERT INTO "pets" ("a", "b") VALUES ($1, $2) ON CONFLICT ("a") DO UPDATE SET "b" = EXCLUDED."b" RETURNING * | 1, 2
  row(Repo.insert_or_update(pool, "pets", %{"a" => "1", "b" => "2"}, ["a"], ["b"]))
  # prints: insert_or_update: no conflict targets provided
  row(Repo.insert_or_update(pool, "pets", %{"a" => "1"}, [], ["b"]))
  # prints: insert_or_update: no update fields provided
  row(Repo.insert_or_update(pool, "pets", %{"a" => "1"}, ["a"], []))
  # sql: INSERT INTO "pets" ("a", "n") VALUES ($1, $2) ON CONFLICT ("a") DO UPDATE SET "n" = ("pets"."n" + EXCLUDED."n") RETURNING * | 1, 2
  row(Repo.insert_or_update_expr(pool, "pets", %{"a" => "1", "n" => "2"}, ["a"], %{"n" => Expr.add(Expr.column("pets.n"), Expr.excluded("n"))}))
end

fn migrations(pool) do
  # sql: CREATE TABLE IF NOT EXISTS "t" ("id" BIGINT PRIMARY KEY, "at" DATE DEFAULT now()::date, "n" INT, CHECK (x::int > 1))
  show(Migration.create_table(pool, "t", ["id:BIGINT:PRIMARY KEY", "at:DATE:DEFAULT now()::date", "n:INT", "CHECK (x::int > 1)"]))
  # sql: DROP TABLE IF EXISTS "t"
  show(Migration.drop_table(pool, "t"))
  # sql: ALTER TABLE "t" ADD COLUMN IF NOT EXISTS "a" TEXT NOT NULL
  show(Migration.add_column(pool, "t", "a:TEXT:NOT NULL"))
  # sql: ALTER TABLE "t" ADD COLUMN a text
  show(Migration.add_column(pool, "t", "a text"))
  # sql: ALTER TABLE "t" DROP COLUMN IF EXISTS "a"
  show(Migration.drop_column(pool, "t", "a"))
  # sql: ALTER TABLE "t" RENAME COLUMN "a" TO "b"
  show(Migration.rename_column(pool, "t", "a", "b"))
  # sql: CREATE INDEX IF NOT EXISTS "idx_t_a" ON "t" ("a")
  show(Migration.create_index(pool, "t", ["a"], ""))
  # sql: CREATE UNIQUE INDEX IF NOT EXISTS "idx_t_a_b" ON "t" ("a", "b" DESC) WHERE x > 1 AND y = 'where:'
  show(Migration.create_index(pool, "t", ["a", "b:desc"], "unique: true where: x > 1 AND y = 'where:'"))
  # sql: CREATE INDEX IF NOT EXISTS "other" ON "t" ("a" ASC)
  show(Migration.create_index(pool, "t", ["a:ASC"], "unique:false name:other"))
  # prints: Migration.create_index options: invalid token `unique`
  show(Migration.create_index(pool, "t", ["a"], "unique"))
  # prints: Migration.create_index options: unique must be `true` or `false`, got `yes`
  show(Migration.create_index(pool, "t", ["a"], "unique:yes"))
  # prints: Migration.create_index options: name must not be empty
  show(Migration.create_index(pool, "t", ["a"], "name:"))
  # prints: Migration.create_index options: unsupported option `uniq`
  show(Migration.create_index(pool, "t", ["a"], "uniq:true"))
  # prints: Migration.create_index options: where clause must not be empty
  show(Migration.create_index(pool, "t", ["a"], "where: "))
  # prints: Migration.create_index columns: column name must not be empty
  show(Migration.create_index(pool, "t", [":ASC"], ""))
  # prints: Migration.create_index columns: `a:UP` only supports :ASC or :DESC order suffixes
  show(Migration.create_index(pool, "t", ["a:UP"], ""))
  # prints: Migration.create_index columns: at least one column is required
  show(Migration.create_index(pool, "t", [], ""))
  # sql: DROP INDEX IF EXISTS "idx_t_a_b"
  show(Migration.drop_index(pool, "t", ["a", "b:DESC"]))
  # sql: CREATE EXTENSION IF NOT EXISTS "pgcrypto"
  show(Pg.create_extension(pool, "pgcrypto"))
  # prints: Pg.create_extension: extension name must not be empty
  show(Pg.create_extension(pool, " "))
  # sql: CREATE TABLE IF NOT EXISTS "ev" ("id" UUID, "at" TIMESTAMPTZ NOT NULL) PARTITION BY RANGE ("at")
  show(Pg.create_range_partitioned_table(pool, "ev", [" id:UUID", "at:TIMESTAMPTZ:NOT NULL"], "at"))
  # prints: Pg.create_range_partitioned_table: partition column `x` is missing from `ev`
  show(Pg.create_range_partitioned_table(pool, "ev", ["id:UUID"], "x"))
  # prints: Pg.create_range_partitioned_table: at least one column is required
  show(Pg.create_range_partitioned_table(pool, "ev", [], "x"))
  # sql: CREATE INDEX IF NOT EXISTS "i" ON "ev" USING GIN ("data" "public"."jsonb_path_ops")
  show(Pg.create_gin_index(pool, "ev", "i", "data", "public.jsonb_path_ops"))
  # prints: Pg.create_gin_index: identifier `a..b` contains an empty segment
  show(Pg.create_gin_index(pool, "a..b", "i", "data", "x"))
  # prints: Pg.create_daily_partitions_ahead: days must be non-negative, got -1
  show(Pg.create_daily_partitions_ahead(pool, "ev", -1))
  # sql: DROP TABLE IF EXISTS "ev_20260101"
  show(Pg.drop_partition(pool, "ev_20260101"))
end

fn main() do
  orm()
  case Pool.open("postgres://u:p@127.0.0.1:1/d", 0, 2, 500) do
    Err(e) -> println(e)
    Ok(pool) -> do
      queries(pool)
      repo(pool)
      migrations(pool)
    end
  end
end
