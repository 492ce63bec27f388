# A small HTTP API: notes kept by a service, JSON both ways. PORT selects the port.
#   curl -d '{"text":"milk"}' http://127.0.0.1:8080/notes
#   curl http://127.0.0.1:8080/notes

struct Draft do
  text :: String
end deriving(Json)

struct Note do
  id :: Int
  text :: String
end deriving(Json)

service Notes do
  fn init() -> Map<Int, Note> do
    Map.new()
  end

  call Create(text :: String) :: Note do |notes|
    let note = Note { id: Map.size(notes) + 1, text: text }
    (Map.put(notes, note.id, note), note)
  end

  call Find(id :: Int) :: Option<Note> do |notes|
    let found = if Map.has_key(notes, id) do
      Some(Map.get(notes, id))
    else
      None
    end
    (notes, found)
  end

  call All() :: List<Note> do |notes|
    (notes, Map.values(notes))
  end
end

fn notes() -> Pid do
  Process.whereis("notes")
end

fn problem(status :: Int, reason :: String) -> Response do
  HTTP.response(status, json { error: reason })
end

fn create(request :: Request) -> Response do
  case Draft.from_json(Request.body(request)) do
    Ok(draft) -> HTTP.response(201, Json.encode(Notes.create(notes(), draft.text)))
    Err(reason) -> problem(400, reason)
  end
end

fn list(request :: Request) -> Response do
  let all = Notes.all(notes())
  case Request.query(request, "search") do
    Some(word) -> HTTP.response(200, Json.encode(List.filter(all, fn note -> String.contains(note.text, word) end)))
    None -> HTTP.response(200, Json.encode(all))
  end
end

fn note_id(request :: Request) -> Option<Int> do
  String.to_int(Request.param(request, "id")?)
end

fn show(request :: Request) -> Response do
  case note_id(request) do
    Some(id) -> case Notes.find(notes(), id) do
      Some(note) -> HTTP.response(200, Json.encode(note))
      None -> problem(404, "no note ${id}")
    end
    None -> problem(400, "an id is a number")
  end
end

fn log(request :: Request, next :: Fun(Request) -> Response) -> Response do
  println("${Request.method(request)} ${Request.path(request)}")
  next(request)
end

fn main() do
  Process.register("notes", Notes.start())
  HTTP.router()
    |> HTTP.use(log)
    |> HTTP.on_post("/notes", create)
    |> HTTP.on_get("/notes", list)
    |> HTTP.on_get("/notes/:id", show)
    |> HTTP.serve(Env.get_int("PORT", 8080))
end
