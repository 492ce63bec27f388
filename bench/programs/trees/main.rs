struct Node { l: Option<Box<Node>>, r: Option<Box<Node>> }
fn build(d: i32) -> Option<Box<Node>> {
    Some(Box::new(if d == 0 { Node { l: None, r: None } } else { Node { l: build(d - 1), r: build(d - 1) } }))
}
fn count(n: &Option<Box<Node>>) -> i64 { match n { None => 0, Some(n) => 1 + count(&n.l) + count(&n.r) } }
fn main() { println!("{}", (0..40).map(|_| count(&build(18))).sum::<i64>()); }
