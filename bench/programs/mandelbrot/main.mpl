fn escapes(zr :: Float, zi :: Float, cr :: Float, ci :: Float, left :: Int) -> Int do
  if left == 0 do
    0
  else
    let r2 = zr * zr
    let i2 = zi * zi
    if r2 + i2 > 4.0 do 1 else escapes(r2 - i2 + cr, 2.0 * zr * zi + ci, cr, ci, left - 1) end
  end
end

fn row(y :: Int, x :: Int, inside :: Int) -> Int do
  if x == 1500 do
    inside
  else
    let cr = Int.to_float(x) * 3.0 / 1500.0 - 2.0
    let ci = Int.to_float(y) * 2.0 / 1500.0 - 1.0
    row(y, x + 1, inside + 1 - escapes(0.0, 0.0, cr, ci, 200))
  end
end

fn rows(y :: Int, inside :: Int) -> Int do
  if y == 1500 do inside else rows(y + 1, row(y, 0, inside)) end
end

fn main() do
  println("${rows(0, 0)}")
end
