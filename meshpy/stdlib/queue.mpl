#@ module Queue
# First in, first out. A list serves: append and tail are in place when nobody else holds the queue.

pub struct Queue<A> do
  items :: List<A>
end deriving()

#@ alias queue_new
pub fn new<A>() -> Queue<A> do
  Queue { items: [] }
end

#@ alias queue_push
pub fn push<A>(queue :: Queue<A>, x :: A) -> Queue<A> do
  Queue { items: List.append(queue.items, x) }
end

# (front element, rest of the queue)
#@ alias queue_pop
pub fn pop<A>(queue :: Queue<A>) -> (A, Queue<A>) do
  let x = Runtime.front(queue.items, "mesh_queue_pop: empty queue")
  (x, Queue { items: List.drop(queue.items, 1) })
end

#@ alias queue_peek
pub fn peek<A>(queue :: Queue<A>) -> A do
  Runtime.front(queue.items, "mesh_queue_peek: empty queue")
end

#@ alias queue_size
pub fn size<A>(queue :: Queue<A>) -> Int do
  List.length(queue.items)
end

#@ alias queue_is_empty
pub fn is_empty<A>(queue :: Queue<A>) -> Bool do
  List.length(queue.items) == 0
end
