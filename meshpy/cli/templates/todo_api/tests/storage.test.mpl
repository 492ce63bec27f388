from Storage.Todos import all_todos, change_todo, create_todo, delete_todo, find_todo, open_storage
from Types.Todo import TodoChange

fn titles(db :: SqliteConn) -> List<String> do
  case all_todos(db) do
    Ok(todos) -> List.map(todos, fn todo -> todo.title end)
    Err(reason) -> [reason]
  end
end

describe("storage") do
  setup() do
    let Ok(db) = open_storage(":memory:")
    let Ok(milk) = create_todo(db, "milk")
  end

  teardown() do
    Sqlite.close(db)
  end

  test("keeps what was created, in order") do
    create_todo(db, "bread; DROP TABLE todos")
    assert_eq(titles(db), ["milk", "bread; DROP TABLE todos"])
    assert(!milk.completed)
  end

  test("changes only what is given") do
    let Ok(Some(done)) = change_todo(db, milk.id, TodoChange { title: None, completed: Some(true) })
    assert(done.completed)
    assert_eq(done.title, "milk")
    let Ok(Some(renamed)) = change_todo(db, milk.id, TodoChange { title: Some("oat milk"), completed: None })
    assert(renamed.completed)
    assert_eq(titles(db), ["oat milk"])
  end

  test("tells what is missing") do
    assert_eq(find_todo(db, 99), Ok(None))
    assert_eq(change_todo(db, 99, TodoChange { title: None, completed: None }), Ok(None))
    assert_eq(delete_todo(db, 99), Ok(false))
  end

  test("deletes") do
    assert_eq(delete_todo(db, milk.id), Ok(true))
    assert_eq(titles(db), [])
  end
end
