use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Item { name: String, price: f64, qty: i64 }

#[derive(Serialize, Deserialize)]
struct Order { customer: String, id: i64, items: Vec<Item>, paid: bool }

fn main() {
    let item = |name: &str, price, qty| Item { name: name.to_string(), price, qty };
    let order = Order { customer: "Ann Example".into(), id: 4711, paid: true,
        items: vec![item("bolt", 0.25, 12), item("nut \"M4\"", 1.5, 144), item("washer", 12.75, 7)] };
    let mut text = serde_json::to_string(&order).unwrap();
    let mut total = 0;
    for _ in 0..200000 {
        let o: Order = serde_json::from_str(&text).unwrap();
        total += o.items.len() + o.customer.len();
        text = serde_json::to_string(&o).unwrap();
    }
    println!("{}", total);
}
