pub fn cart_total(prices :: List<Int>) -> Int do
  List.reduce(prices, 0, fn acc, p -> acc + p end)
end
