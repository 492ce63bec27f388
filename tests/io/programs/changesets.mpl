# Changesets without a database; expected output beside.

fn show(cs :: Ptr) -> () do
  let errors = Map.to_list(Changeset.errors(cs)) |> List.map(fn(pair) do
    let (field, message) = pair
    field <> ": " <> message
  end)
  println("${Changeset.valid(cs)} [" <> String.join(errors, ", ") <> "] " <> String.join(Map.keys(Changeset.changes(cs)), ","))
end

fn change(name :: String, value :: String) -> Ptr do
  Changeset.cast(%{}, %{name => value}, [:v])
end

fn main() do
  let cs = Changeset.cast(%{}, %{"name" => "Al"}, [:name, :age]) |> Changeset.validate_required([:name, :age]) |> Changeset.validate_length(:name, 3, -1)
  # > can't be blank
  println(Changeset.get_error(cs, :age))
  # > should be at least 3 character(s)
  println(Changeset.get_error(cs, :name))
  # > false
  println("${Changeset.valid(cs)}")
  # > false [age: can't be blank, name: should be at least 3 character(s)] name
  show(cs)
  # > true [] b,a
  show(Changeset.cast(%{}, %{"a" => "1", "b" => "2", "c" => "3"}, [:b, :a, :d]))
  # > true [] 
  show(Changeset.cast(%{"name" => "old"}, %{}, [:name]) |> Changeset.validate_required([:name]))
  let typed = Changeset.cast_with_types(%{}, %{"i" => " 007", "f" => "2.50", "g" => "1e3", "b" => "YES", "t" => " x", "bad" => "x"}, [:i, :f, :g, :b, :t, :bad], ["i:BIGINT", "f:DOUBLE PRECISION", "g:DOUBLE PRECISION", "b:BOOLEAN", "t:TEXT", "bad:BIGINT"])
  # > 7 2.5 1000 true  x
  println(Changeset.get_change(typed, :i) <> " " <> Changeset.get_change(typed, :f) <> " " <> Changeset.get_change(typed, :g) <> " " <> Changeset.get_change(typed, :b) <> " " <> Changeset.get_change(typed, :t))
  # > false [bad: is invalid] i,f,g,b,t
  show(typed)
  # > true [] v
  show(change("v", "äöü") |> Changeset.validate_length(:v, 3, 3))
  # > false [v: should be at most 2 character(s)] v
  show(change("v", "äöü") |> Changeset.validate_length(:v, -1, 2) |> Changeset.validate_length(:v, 9, -1))
  # > false [v: has invalid format] v
  show(change("v", "abc") |> Changeset.validate_format(:v, "@"))
  # > false [v: is invalid] v
  show(change("v", "c") |> Changeset.validate_inclusion(:v, ["a", "b"]))
  # > false [v: is not a number] v
  show(change("v", "1.5") |> Changeset.validate_number(:v, -1, -1, -1, -1))
  # > false [v: must be greater than 5] v
  show(change("v", " 5 ") |> Changeset.validate_number(:v, 5, 9, 7, 3))
  # > false [v: must be less than 5] v
  show(change("v", "5") |> Changeset.validate_number(:v, -1, 5, 9, -1))
  # > false [v: must be greater than or equal to 6] v
  show(change("v", "5") |> Changeset.validate_number(:v, -1, -1, 6, 4))
  # > false [v: must be less than or equal to 4] v
  show(change("v", "5") |> Changeset.validate_number(:v, -1, -1, -1, 4))
  # > true [] 
  show(change("w", "x") |> Changeset.validate_length(:v, 3, 3) |> Changeset.validate_format(:v, "@") |> Changeset.validate_number(:v, 1, 1, 1, 1))
end
