# Sum types, pattern matching that the compiler checks for gaps, and an interface.

interface Area do
  fn area(self) -> Float
end

type Shape do
  Circle(Float)
  Rect(width :: Float, height :: Float)
  Empty
end

impl Area for Shape do
  fn area(self) -> Float do
    case self do
      Circle(r) -> 3.0 * r * r
      Rect(w, h) -> w * h
      Empty -> 0.0
    end
  end
end

fn name(shape :: Shape) -> String do
  case shape do
    Circle(_) -> "circle"
    Rect(w, h) when w == h -> "square"
    Rect(_, _) -> "rectangle"
    Empty -> "nothing"
  end
end

fn largest(shapes :: List<Shape>) -> Option<Shape> do
  case shapes do
    [] -> None
    first :: rest -> Some(List.reduce(rest, first, fn(best, shape) ->
      if shape.area() > best.area() do
        shape
      else
        best
      end
    end))
  end
end

fn main() do
  let shapes = [Rect(2.0, 3.0), Circle(1.5), Rect(2.0, 2.0), Empty]
  for shape in shapes do
    println("${name(shape)}: ${shape.area()}")
  end
  case largest(shapes) do
    Some(shape) -> println("largest: ${name(shape)}")
    None -> println("no shapes")
  end
end
