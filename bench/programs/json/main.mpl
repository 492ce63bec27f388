struct Item do
  name :: String
  qty :: Int
  price :: Float
end deriving(Json)

struct Order do
  id :: Int
  customer :: String
  paid :: Bool
  items :: List<Item>
end deriving(Json)

fn trip(n :: Int, text :: String, total :: Int) -> Int do
  if n == 0 do
    total
  else
    case Order.from_json(text) do
      Ok(o) -> trip(n - 1, Json.encode(o), total + List.length(o.items) + String.length(o.customer))
      Err(e) -> panic_text(e)
    end
  end
end

fn panic_text(e :: String) -> Int do
  println(e)
  0
end

fn main() do
  let items = [
    Item { name: "bolt", qty: 12, price: 0.25 },
    Item { name: "nut \"M4\"", qty: 144, price: 1.5 },
    Item { name: "washer", qty: 7, price: 12.75 }
  ]
  let order = Order { id: 4711, customer: "Ann Example", paid: true, items: items }
  println("${trip(200000, Json.encode(order), 0)}")
end
