#@ module Changeset
# Changesets: what of some parameters is to be written, and what is wrong with it. Immutable.

# Takes the allowed keys of `params` as changes of `data`.
pub fn cast(data :: Map<String, String>, params :: Map<String, String>, allowed :: List<Atom>) -> Ptr do
  cast_with_types(data, params, allowed, [])
end

# As cast; values are read by the SQL type of their field, "field:TYPE" (T.__field_types__()).
pub fn cast_with_types(data :: Map<String, String>, params :: Map<String, String>, allowed :: List<Atom>, field_types :: List<String>) -> Ptr do
  let empty = ChangesetData { data: data, changes: Map.new(), errors: Map.new() }
  ChangesetParts.boxed(cast_from(empty, params, allowed, types_by_field(Map.new(), field_types, 0), 0))
end

fn types_by_field(done :: Map<String, String>, field_types :: List<String>, i :: Int) -> Map<String, String> do
  if i < List.length(field_types) do
    let words = String.split(List.get(field_types, i), ":")
    if List.length(words) < 2 do
      types_by_field(done, field_types, i + 1)
    else
      types_by_field(Map.put(done, List.get(words, 0), List.get(words, 1)), field_types, i + 1)
    end
  else
    done
  end
end

fn cast_from(c :: ChangesetData, params :: Map<String, String>, allowed :: List<Atom>, types :: Map<String, String>, i :: Int) -> ChangesetData do
  if i < List.length(allowed) do
    let field = IoRuntime.atom_name(List.get(allowed, i))
    if Map.has_key(params, field) do
      let sql_type = if Map.has_key(types, field) do Map.get(types, field) else "TEXT" end
      let next = case coerced(Map.get(params, field), sql_type) do
        Some(value) -> %{c | changes: Map.put(c.changes, field, value)}
        None -> ChangesetParts.add_error(c, field, "is invalid")
      end
      cast_from(next, params, allowed, types, i + 1)
    else
      cast_from(c, params, allowed, types, i + 1)
    end
  else
    c
  end
end

fn coerced(value :: String, sql_type :: String) -> Option<String> do
  case sql_type do
    "BIGINT" -> case String.to_int(value) do
      Some(n) -> Some(Int.to_string(n))
      None -> None
    end
    "DOUBLE PRECISION" -> case String.to_float(value) do
      Some(x) -> Some(IoRuntime.plain_float(x))
      None -> None
    end
    "BOOLEAN" -> case String.to_lower(value) do
      "true" | "t" | "1" | "yes" -> Some("true")
      "false" | "f" | "0" | "no" -> Some("false")
      _ -> None
    end
    _ -> Some(value)
  end
end

pub fn validate_required(changeset :: Ptr, fields :: List<Atom>) -> Ptr do
  ChangesetParts.boxed(required_from(ChangesetParts.parts(changeset), fields, 0))
end

fn required_from(c :: ChangesetData, fields :: List<Atom>, i :: Int) -> ChangesetData do
  if i < List.length(fields) do
    let field = IoRuntime.atom_name(List.get(fields, i))
    let value = if Map.has_key(c.changes, field) do Map.get(c.changes, field) else if Map.has_key(c.data, field) do Map.get(c.data, field) else "" end
    if value == "" do
      required_from(ChangesetParts.add_error(c, field, "can't be blank"), fields, i + 1)
    else
      required_from(c, fields, i + 1)
    end
  else
    c
  end
end

# Adds the message of `problem` when the field is among the changes and has one.
fn validate(changeset :: Ptr, name :: Atom, problem :: Fun(String) -> String) -> Ptr do
  let c = ChangesetParts.parts(changeset)
  let field = IoRuntime.atom_name(name)
  if Map.has_key(c.changes, field) do
    let message = problem(Map.get(c.changes, field))
    if message == "" do changeset else ChangesetParts.boxed(ChangesetParts.add_error(c, field, message)) end
  else
    changeset
  end
end

# Length in characters; -1 disables a bound.
pub fn validate_length(changeset :: Ptr, name :: Atom, min :: Int, max :: Int) -> Ptr do
  validate(changeset, name, fn(value) do
    let length = String.length(value)
    if min != -1 and length < min do
      "should be at least " <> Int.to_string(min) <> " character(s)"
    else if max != -1 and length > max do
      "should be at most " <> Int.to_string(max) <> " character(s)"
    else
      ""
    end
  end)
end

# The value must contain the text.
pub fn validate_format(changeset :: Ptr, name :: Atom, text :: String) -> Ptr do
  validate(changeset, name, fn(value) do
    if String.contains(value, text) do "" else "has invalid format" end
  end)
end

pub fn validate_inclusion(changeset :: Ptr, name :: Atom, values :: List<String>) -> Ptr do
  validate(changeset, name, fn(value) do
    if List.contains(values, value) do "" else "is invalid" end
  end)
end

# Bounds of an integer; -1 disables one.
pub fn validate_number(changeset :: Ptr, name :: Atom, gt :: Int, lt :: Int, gte :: Int, lte :: Int) -> Ptr do
  validate(changeset, name, fn(value) do
    case String.to_int(value) do
      None -> "is not a number"
      Some(n) -> number_problem(n, gt, lt, gte, lte)
    end
  end)
end

fn number_problem(n :: Int, gt :: Int, lt :: Int, gte :: Int, lte :: Int) -> String do
  if gt != -1 and n <= gt do
    "must be greater than " <> Int.to_string(gt)
  else if lt != -1 and n >= lt do
    "must be less than " <> Int.to_string(lt)
  else if gte != -1 and n < gte do
    "must be greater than or equal to " <> Int.to_string(gte)
  else if lte != -1 and n > lte do
    "must be less than or equal to " <> Int.to_string(lte)
  else
    ""
  end
end

pub fn valid(changeset :: Ptr) -> Bool do
  Map.size(ChangesetParts.parts(changeset).errors) == 0
end

pub fn errors(changeset :: Ptr) -> Map<String, String> do
  ChangesetParts.parts(changeset).errors
end

pub fn changes(changeset :: Ptr) -> Map<String, String> do
  ChangesetParts.parts(changeset).changes
end

fn text_of(map :: Map<String, String>, name :: Atom) -> String do
  let field = IoRuntime.atom_name(name)
  if Map.has_key(map, field) do Map.get(map, field) else "" end
end

# "" when the field has no change.
pub fn get_change(changeset :: Ptr, name :: Atom) -> String do
  text_of(changes(changeset), name)
end

# "" when the field has no error.
pub fn get_error(changeset :: Ptr, name :: Atom) -> String do
  text_of(errors(changeset), name)
end
