# The handlers of /todos. Reading is free, changing is limited for each client.

from Runtime.Registry import database, may_change
from Storage.Todos import all_todos, change_todo, create_todo, delete_todo, find_todo
from Types.Todo import NewTodo, Todo, TodoChange

pub fn list_todos(_request :: Request) -> Response do
  case all_todos(database()) do
    Ok(todos) -> HTTP.response(200, Json.encode(todos))
    Err(reason) -> failed(reason)
  end
end

pub fn show_todo(request :: Request) -> Response do
  with_id(request, fn id -> found(find_todo(database(), id)) end)
end

pub fn add_todo(request :: Request) -> Response do
  limited(request, fn -> add(request) end)
end

pub fn edit_todo(request :: Request) -> Response do
  limited(request, fn -> with_id(request, fn id -> edit(request, id) end) end)
end

pub fn remove_todo(request :: Request) -> Response do
  limited(request, fn -> with_id(request, remove) end)
end

fn add(request :: Request) -> Response do
  case NewTodo.from_json(Request.body(request)) do
    Err(reason) -> problem(400, reason)
    Ok(draft) -> do
      let title = String.trim(draft.title)
      if title == "" do
        return problem(400, "a todo needs a title")
      end
      case create_todo(database(), title) do
        Ok(todo) -> HTTP.response(201, Json.encode(todo))
        Err(reason) -> failed(reason)
      end
    end
  end
end

fn edit(request :: Request, id :: Int) -> Response do
  case TodoChange.from_json(Request.body(request)) do
    Ok(change) -> found(change_todo(database(), id, change))
    Err(reason) -> problem(400, reason)
  end
end

fn remove(id :: Int) -> Response do
  case delete_todo(database(), id) do
    Ok(true) -> HTTP.response(204, "")
    Ok(false) -> problem(404, "no such todo")
    Err(reason) -> failed(reason)
  end
end

fn found(result :: Option<Todo>!String) -> Response do
  case result do
    Ok(Some(todo)) -> HTTP.response(200, Json.encode(todo))
    Ok(None) -> problem(404, "no such todo")
    Err(reason) -> failed(reason)
  end
end

fn with_id(request :: Request, handle :: Fun(Int) -> Response) -> Response do
  case path_id(request) do
    Some(id) -> handle(id)
    None -> problem(400, "the id of a todo is a number")
  end
end

fn path_id(request :: Request) -> Int? do
  String.to_int(Request.param(request, "id")?)
end

fn limited(request :: Request, handle :: Fun() -> Response) -> Response do
  let client = case Request.header(request, "X-Forwarded-For") do
    Some(address) -> address
    None -> "local"
  end
  if may_change(client) do
    handle()
  else
    problem(429, "too many changes, try again later")
  end
end

fn failed(reason :: String) -> Response do
  IO.eprintln("storage: ${reason}")
  problem(500, "the storage failed")
end

fn problem(status :: Int, reason :: String) -> Response do
  HTTP.response(status, json { error: reason })
end
