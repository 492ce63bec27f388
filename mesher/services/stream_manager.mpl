# The state of every WebSocket connection: which dashboards listen to which project with what filters,
# what still waits for those that read slowly, and which project an SDK connection writes to.

from Config import stream_max_buffer

struct ConnectionState do
  project_id :: String
  level_filter :: String
  env_filter :: String
  buffer :: List<String>
  buffer_len :: Int
  max_buffer :: Int
  subscribed :: Bool
end

struct StreamState do
  connections :: Map<Int, ConnectionState>
  ingest :: Map<Int, String>
  max_buffer :: Int
end

# What sending to one connection did to its state.
type Delivery do
  Unchanged
  Changed(ConnectionState)
  Gone
end

# --- filters ---

fn accepts(wanted :: String, actual :: String) -> Bool do
  wanted == "" || wanted == actual
end

fn matches(cs :: ConnectionState, level :: String, environment :: String) -> Bool do
  accepts(cs.level_filter, level) && accepts(cs.env_filter, environment)
end

fn wants(cs :: ConnectionState, project_id :: String, level :: String, environment :: String) -> Bool do
  cs.subscribed && cs.project_id == project_id && matches(cs, level, environment)
end

# --- backpressure ---

# The oldest messages give way when a buffer is full.
fn push(cs :: ConnectionState, msg :: String) -> ConnectionState do
  let grown = List.append(cs.buffer, msg)
  let extra = List.length(grown) - cs.max_buffer
  let buffer = if extra > 0 do
    List.drop(grown, extra)
  else
    grown
  end
  %{cs | buffer: buffer, buffer_len: List.length(buffer)}
end

# Sends from position `next` on. How many messages at the front are sent then; -1 when the peer is gone.
fn send_waiting(conn :: Int, buffer :: List<String>, next :: Int) -> Int do
  if next == List.length(buffer) do
    next
  else
    case Ws.try_send(conn, List.get(buffer, next)) do
      0 -> send_waiting(conn, buffer, next + 1)
      1 -> next
      _ -> -1
    end
  end
end

fn drain(conn :: Int, cs :: ConnectionState) -> Delivery do
  let sent = send_waiting(conn, cs.buffer, 0)
  if sent < 0 do
    Gone
  else if sent == 0 do
    Unchanged
  else
    Changed(%{cs | buffer: List.drop(cs.buffer, sent), buffer_len: cs.buffer_len - sent})
  end
end

fn send_or_push(conn :: Int, cs :: ConnectionState, msg :: String) -> Delivery do
  case Ws.try_send(conn, msg) do
    0 -> Unchanged
    1 -> Changed(push(cs, msg))
    _ -> Gone
  end
end

# What waits goes first, so that the order holds.
fn deliver(conn :: Int, cs :: ConnectionState, msg :: String) -> Delivery do
  if cs.buffer_len == 0 do
    send_or_push(conn, cs, msg)
  else
    case drain(conn, cs) do
      Gone -> Gone
      Unchanged -> Changed(push(cs, msg))
      Changed(drained) ->
        if drained.buffer_len > 0 do
          Changed(push(drained, msg))
        else
          case send_or_push(conn, drained, msg) do
            Unchanged -> Changed(drained)
            other -> other
          end
        end
    end
  end
end

fn settle(connections :: Map<Int, ConnectionState>, conn :: Int, delivery :: Delivery) -> Map<Int, ConnectionState> do
  case delivery do
    Unchanged -> connections
    Changed(cs) -> Map.put(connections, conn, cs)
    Gone -> Map.delete(connections, conn)
  end
end

fn drain_all(state :: StreamState) -> StreamState do
  let waiting = for {conn, cs} in state.connections when cs.buffer_len > 0 do
    (conn, cs)
  end
  let connections = List.reduce(waiting, state.connections, fn(all, (conn, cs)) ->
    settle(all, conn, drain(conn, cs))
  end)
  %{state | connections: connections}
end

fn publish(
  state :: StreamState,
  project_id :: String,
  level :: String,
  environment :: String,
  msg :: String
) -> (StreamState, Int) do
  let recipients = for {conn, cs} in state.connections when wants(cs, project_id, level, environment) do
    (conn, cs)
  end
  let connections = List.reduce(recipients, state.connections, fn(all, (conn, cs)) ->
    settle(all, conn, deliver(conn, cs, msg))
  end)
  (%{state | connections: connections}, List.length(recipients))
end

# --- registration ---

fn register(
  state :: StreamState,
  conn :: Int,
  project_id :: String,
  level_filter :: String,
  env_filter :: String
) -> StreamState do
  let cs = ConnectionState {
    project_id: project_id,
    level_filter: level_filter,
    env_filter: env_filter,
    buffer: [],
    buffer_len: 0,
    max_buffer: state.max_buffer,
    subscribed: true
  }
  %{state | connections: Map.put(state.connections, conn, cs)}
end

fn update(state :: StreamState, conn :: Int, change :: Fun(ConnectionState) -> ConnectionState) -> StreamState do
  if Map.has_key(state.connections, conn) do
    let changed = change(Map.get(state.connections, conn))
    %{state | connections: Map.put(state.connections, conn, changed)}
  else
    state
  end
end

fn project_of(state :: StreamState, conn :: Int) -> String do
  if Map.has_key(state.connections, conn) do
    Map.get(state.connections, conn).project_id
  else
    ""
  end
end

fn ingest_project_of(state :: StreamState, conn :: Int) -> String do
  if Map.has_key(state.ingest, conn) do
    Map.get(state.ingest, conn)
  else
    ""
  end
end

fn clients_of(state :: StreamState, project_id :: String) -> Int do
  List.length(for cs in Map.values(state.connections) when cs.project_id == project_id do
    cs.project_id
  end)
end

service StreamManager do
  fn init() -> StreamState do
    StreamState { connections: Map.new(), ingest: Map.new(), max_buffer: stream_max_buffer() }
  end

  cast RegisterClient(conn :: Int, project_id :: String, level_filter :: String, env_filter :: String) do |state|
    register(state, conn, project_id, level_filter, env_filter)
  end

  cast RemoveClient(conn :: Int) do |state|
    %{state | connections: Map.delete(state.connections, conn), ingest: Map.delete(state.ingest, conn)}
  end

  call IsStreamClient(conn :: Int) :: Bool do |state|
    (state, Map.has_key(state.connections, conn))
  end

  call GetProjectId(conn :: Int) :: String do |state|
    (state, project_of(state, conn))
  end

  call MatchesFilter(conn :: Int, level :: String, environment :: String) :: Bool do |state|
    let known = Map.has_key(state.connections, conn)
    (state, known && matches(Map.get(state.connections, conn), level, environment))
  end

  cast BufferMessage(conn :: Int, msg :: String) do |state|
    update(state, conn, fn cs -> push(cs, msg) end)
  end

  cast DrainBuffers() do |state|
    drain_all(state)
  end

  # Unlike a new registration it keeps what waits.
  cast UpdateFilters(conn :: Int, level_filter :: String, env_filter :: String) do |state|
    update(state, conn, fn cs ->
      %{cs | level_filter: level_filter, env_filter: env_filter, subscribed: true}
    end)
  end

  cast Unsubscribe(conn :: Int) do |state|
    update(state, conn, fn cs -> %{cs | subscribed: false, buffer: [], buffer_len: 0} end)
  end

  # A call and not a cast: what its caller broadcasts next must not overtake the event.
  call PublishEvent(project_id :: String, level :: String, environment :: String, msg :: String) :: Int do |state|
    publish(state, project_id, level, environment, msg)
  end

  call ClientCount(project_id :: String) :: Int do |state|
    (state, clients_of(state, project_id))
  end

  call TotalClients() :: Int do |state|
    (state, Map.size(state.connections))
  end

  # An SDK connection, by the project of its API key.
  cast RegisterIngest(conn :: Int, project_id :: String) do |state|
    %{state | ingest: Map.put(state.ingest, conn, project_id)}
  end

  # Empty for a connection that may not write.
  call GetIngestProject(conn :: Int) :: String do |state|
    (state, ingest_project_of(state, conn))
  end
end
