fn doubled(n :: Int) -> Int!String do
  if n > 100 do Err("too large") else Ok(n * 2) end
end

service Worker do
  fn init() -> Int do
    0
  end

  call Double(n :: Int) :: Int!String do |count|
    (count + 1, doubled(n))
  end
end
