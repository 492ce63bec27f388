# Rows 3, 11, 12, 13, 21: one helper for each arm, `case` in place of `?`, recursion over an index, branches forced to 0.

fn parse_age(text :: String) -> Int!String do
  case String.to_int(text) do
    Some(n) -> check_age(n)
    None -> Err("not a number: " <> text)
  end
end

fn check_age(n :: Int) -> Int!String do
  if n < 0 do Err("negative: " <> String.from(n)) else Ok(n) end
end

fn age_success(text :: String, n :: Int) do
  let _ = print_line(text <> " is " <> String.from(n))
  0
end

fn age_failure(reason :: String) do
  let _ = print_line("bad: " <> reason)
  0
end

fn print_line(line :: String) do
  println(line)
  nil
end

fn report(text :: String) do
  let result = parse_age(text)
  case result do
    Ok(n) -> age_success(text, n)
    Err(e) -> age_failure(e)
  end
end

fn report_loop(texts, i :: Int, total :: Int) do
  if i < total do
    let _ = report(List.get(texts, i))
    report_loop(texts, i + 1, total)
  else
    0
  end
end

fn rows_loop(rows, i :: Int, total :: Int) do
  if i < total do
    Map.get(List.get(rows, i), "name") <> " " <> rows_loop(rows, i + 1, total)
  else
    "end"
  end
end

fn main() do
  let texts = ["7", "x", "-3"]
  let _ = report_loop(texts, 0, List.length(texts))
  let rows = [%{"name" => "ann"}, %{"name" => "bob"}]
  println(rows_loop(rows, 0, List.length(rows)))
end
