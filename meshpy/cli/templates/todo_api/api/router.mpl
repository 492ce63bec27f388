from Api.Health import health
from Api.Todos import add_todo, edit_todo, list_todos, remove_todo, show_todo

pub fn build_router() -> Router do
  HTTP.router()
    |> HTTP.on_get("/health", health)
    |> HTTP.on_get("/todos", list_todos)
    |> HTTP.on_post("/todos", add_todo)
    |> HTTP.on_get("/todos/:id", show_todo)
    |> HTTP.on_put("/todos/:id", edit_todo)
    |> HTTP.on_delete("/todos/:id", remove_todo)
end
