# Rows 1, 2, 6, 7, 8, 20 of the reference's list: a call lifted out of a condition, a helper in place of `&&`,
# handler bodies moved into functions that stand above them, a struct rebuilt field by field.

struct ConnectionState do
  project_id :: String
  level_filter :: String
  env_filter :: String
  buffer :: List<String>
  buffer_len :: Int
  max_buffer :: Int
end

struct StreamState do
  connections :: Map<Int, ConnectionState>
end

fn both_match(a :: Bool, b :: Bool) -> Bool do
  if a do b else false end
end

fn filter_ok(wanted :: String, actual :: String) -> Bool do
  if wanted == "" do true else wanted == actual end
end

fn matches_filter(state :: StreamState, conn :: Int, level :: String, environment :: String) -> Bool do
  let has = Map.has_key(state.connections, conn)
  if has do
    let cs = Map.get(state.connections, conn)
    let level_ok = filter_ok(cs.level_filter, level)
    let env_ok = filter_ok(cs.env_filter, environment)
    both_match(level_ok, env_ok)
  else
    false
  end
end

fn buffer_message(cs :: ConnectionState, msg :: String) -> ConnectionState do
  let appended = List.append(cs.buffer, msg)
  let new_len = cs.buffer_len + 1
  let buf = if new_len > cs.max_buffer do List.drop(appended, new_len - cs.max_buffer) else appended end
  let blen = if new_len > cs.max_buffer do cs.max_buffer else new_len end
  ConnectionState { project_id: cs.project_id, level_filter: cs.level_filter, env_filter: cs.env_filter, buffer: buf, buffer_len: blen, max_buffer: cs.max_buffer }
end

fn buffer_if_client(state :: StreamState, conn :: Int, msg :: String) -> StreamState do
  let has = Map.has_key(state.connections, conn)
  if has do
    let cs = buffer_message(Map.get(state.connections, conn), msg)
    let new_conns = Map.put(state.connections, conn, cs)
    StreamState { connections: new_conns }
  else
    state
  end
end

fn register_client(state, conn :: Int, project_id :: String, level_filter :: String, env_filter :: String) do
  let cs = ConnectionState { project_id: project_id, level_filter: level_filter, env_filter: env_filter, buffer: List.new(), buffer_len: 0, max_buffer: 2 }
  let new_conns = Map.put(state.connections, conn, cs)
  StreamState { connections: new_conns }
end

fn remove_client(state, conn :: Int) do
  let new_conns = Map.delete(state.connections, conn)
  StreamState { connections: new_conns }
end

fn waiting(state :: StreamState, conn :: Int) -> String do
  let has = Map.has_key(state.connections, conn)
  if has do
    String.join(Map.get(state.connections, conn).buffer, ",")
  else
    ""
  end
end

service StreamManager do
  fn init() -> StreamState do
    StreamState { connections: Map.new() }
  end

  cast RegisterClient(conn :: Int, project_id :: String, level_filter :: String, env_filter :: String) do |state|
    register_client(state, conn, project_id, level_filter, env_filter)
  end

  cast RemoveClient(conn :: Int) do |state|
    remove_client(state, conn)
  end

  cast BufferMessage(conn :: Int, msg :: String) do |state|
    buffer_if_client(state, conn, msg)
  end

  call MatchesFilter(conn :: Int, level :: String, environment :: String) :: Bool do |state|
    (state, matches_filter(state, conn, level, environment))
  end

  call Waiting(conn :: Int) :: String do |state|
    (state, waiting(state, conn))
  end
end

fn main() do
  let mgr = StreamManager.start()
  let _ = Process.register("stream_manager", mgr)
  let pid = Process.whereis("stream_manager")
  StreamManager.register_client(pid, 7, "p", "error", "")
  println("${StreamManager.matches_filter(pid, 7, "error", "x")} ${StreamManager.matches_filter(pid, 7, "info", "x")} ${StreamManager.matches_filter(pid, 8, "error", "x")}")
  StreamManager.buffer_message(pid, 7, "a")
  StreamManager.buffer_message(pid, 7, "b")
  StreamManager.buffer_message(pid, 7, "c")
  StreamManager.buffer_message(pid, 9, "lost")
  println(StreamManager.waiting(pid, 7))
  StreamManager.remove_client(pid, 7)
  println("[" <> StreamManager.waiting(pid, 7) <> "]")
end
