fn main() do
  case Pg.connect(List.get(Env.args(), 1)) do
    Ok(conn) -> do
      Pg.close(conn)
      Pg.close(conn)
      println("connected")
    end
    Err(e) -> println(e)
  end
end
