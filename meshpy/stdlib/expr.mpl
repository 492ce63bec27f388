#@ module Expr
# SQL expressions. Every literal is a bound text parameter.

# A column; dots separate quoted parts.
pub fn column(name :: String) -> Ptr do
  Sql.boxed(Sql.text(Sql.quote_path(name)))
end

pub fn value(text :: String) -> Ptr do
  Sql.boxed(Sql.value(text))
end

pub fn null() -> Ptr do
  Sql.boxed(Sql.text("NULL"))
end

# name(args); the name is not quoted.
pub fn fn_call(name :: String, args :: List<Ptr>) -> Ptr do
  Sql.function(String.replace(name, "\"", ""), Sql.exprs(args))
end

pub fn call(name :: String, args :: List<Ptr>) -> Ptr do
  fn_call(name, args)
end

pub fn add(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "+", b)
end

pub fn sub(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "-", b)
end

pub fn mul(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "*", b)
end

pub fn div(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "/", b)
end

pub fn eq(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "=", b)
end

pub fn neq(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "!=", b)
end

pub fn lt(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "<", b)
end

pub fn lte(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, "<=", b)
end

pub fn gt(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, ">", b)
end

pub fn gte(a :: Ptr, b :: Ptr) -> Ptr do
  Sql.binary(a, ">=", b)
end

# CASE WHEN conds[0] THEN results[0] ... ELSE otherwise END
pub fn case_when(conds :: List<Ptr>, results :: List<Ptr>, otherwise :: Ptr) -> Ptr do
  let arms = arms_from(Sql.text("CASE"), conds, results, 0)
  Sql.boxed(Sql.concat([arms, Sql.text(" ELSE "), Sql.expr(otherwise), Sql.text(" END")]))
end

pub fn case(conds :: List<Ptr>, results :: List<Ptr>, otherwise :: Ptr) -> Ptr do
  case_when(conds, results, otherwise)
end

fn arms_from(done :: SqlPart, conds :: List<Ptr>, results :: List<Ptr>, i :: Int) -> SqlPart do
  if i < List.length(conds) and i < List.length(results) do
    let arm = Sql.concat([Sql.text(" WHEN "), Sql.expr(List.get(conds, i)), Sql.text(" THEN "), Sql.expr(List.get(results, i))])
    arms_from(Sql.add(done, arm), conds, results, i + 1)
  else
    done
  end
end

pub fn coalesce(args :: List<Ptr>) -> Ptr do
  Sql.function("COALESCE", Sql.exprs(args))
end

# The value that an INSERT ... ON CONFLICT proposed.
pub fn excluded(column :: String) -> Ptr do
  Sql.boxed(Sql.text("EXCLUDED." <> Sql.quote(column)))
end

# e AS "name"
pub fn label(e :: Ptr, name :: String) -> Ptr do
  Sql.boxed(Sql.add(Sql.expr(e), Sql.text(" AS " <> Sql.quote(name))))
end

pub fn alias(e :: Ptr, name :: String) -> Ptr do
  label(e, name)
end
