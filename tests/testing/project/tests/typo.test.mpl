test("does not compile") do
  assert(cart_totl([]) == 0)
end
