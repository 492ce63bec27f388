# JSON in and out of typed values; what does not fit is an ordinary error.

type Status do
  Open
  Shipped(String)
end deriving(Json)

struct Line do
  sku :: String
  quantity :: Int
  price :: Float
end deriving(Json)

struct Order do
  id :: Int
  status :: Status
  lines :: List<Line>
  note :: Option<String>
end deriving(Json)

fn total(order :: Order) -> Float do
  List.reduce(order.lines, 0.0, fn(sum, line) -> sum + line.price * Int.to_float(line.quantity) end)
end

fn ship(order :: Order, carrier :: String) -> Order do
  %{order | status: Shipped(carrier), note: None}
end

fn receive_order(text :: String) do
  case Order.from_json(text) do
    Ok(order) ->
      println("order ${order.id}: ${List.length(order.lines)} lines, total ${total(order)}")
      println(Json.encode(ship(order, "post")))
    Err(reason) -> println("refused: ${reason}")
  end
end

fn main() do
  receive_order("""
    {"id": 7, "status": {"tag": "Open", "fields": []}, "note": "fragile",
     "lines": [{"sku": "cup", "quantity": 2, "price": 4.5}, {"sku": "pot", "quantity": 1, "price": 20.25}]}
    """)
  receive_order("{\"id\": 8}")
  receive_order("{\"id\": \"eight\"}")
  receive_order("[1, 2")
  println(Json.encode(json { ok: true, count: 2, tags: ["a", "b"], next: nil }))
end
