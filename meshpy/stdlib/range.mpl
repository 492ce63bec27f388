#@ module Range
# Half-open intervals of integers. `a..b` is Range.new(a, b).

pub struct Range do
  start :: Int
  stop :: Int
end deriving()

#@ alias range_new
pub fn new(start :: Int, stop :: Int) -> Range do
  Range { start: start, stop: stop }
end

#@ alias range_to_list
pub fn to_list(range :: Range) -> List<Int> do
  for i in range do
    i
  end
end

#@ alias range_map
pub fn map<A>(range :: Range, f :: Fun(Int) -> A) -> List<A> do
  for i in range do
    f(i)
  end
end

#@ alias range_filter
pub fn filter(range :: Range, keep :: Fun(Int) -> Bool) -> List<Int> do
  for i in range when keep(i) do
    i
  end
end

#@ alias range_length
pub fn length(range :: Range) -> Int do
  Math.max(0, range.stop - range.start)
end
