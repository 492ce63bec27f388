from Services.Registry import Registry
from Services.Worker import Worker

# Parameters without types: pids, results and callback arguments.
fn answer(worker_pid, n) do
  case Worker.double(worker_pid, n) do
    Ok(v) -> "ok " <> String.from(v)
    Err(e) -> "err " <> e
  end
end

fn ws_write(conn, text) do
  let _ = Ws.send(conn, text)
  nil
end

pub fn handle(n) do
  let reg_pid = Process.whereis("registry")
  let worker_pid = Registry.get_worker(reg_pid)
  Registry.get_name(reg_pid) <> ": " <> answer(worker_pid, n)
end

pub fn ws_on_connect(conn, path, headers) do
  let parts = String.split(path, "/")
  if List.length(parts) > 1 do
    let _ = Ws.join(conn, "room:" <> List.get(parts, 1))
    conn
  else
    if Map.has_key(headers, "x") do conn else 0 end
  end
end

pub fn ws_on_message(conn, message) do
  ws_write(conn, "echo " <> message)
end

pub fn ws_on_close(conn, code, reason) do
  println("closed " <> String.from(code) <> reason)
end
