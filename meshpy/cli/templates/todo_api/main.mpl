from Api.Router import build_router
from Config import load_config
from Runtime.Registry import start_registry

fn main() do
  case start() do
    Ok(_) -> println("stopped")
    Err(reason) -> IO.eprintln("cannot start: ${reason}")
  end
end

fn start() -> ()!String do
  let config = load_config()?
  start_registry(config)?
  println("listening on port ${config.port}")
  HTTP.serve(build_router(), config.port)
  Ok(())
end
