fn add(counts :: Map<String, Int>, word :: String) -> Map<String, Int> do
  let seen = if Map.has_key(counts, word) do
    Map.get(counts, word)
  else
    0
  end
  Map.put(counts, word, seen + 1)
end

pub fn count_words(text :: String) -> Map<String, Int> do
  List.reduce(String.split(text, " "), Map.new(), add)
end

# The most frequent words; of equally frequent ones the earlier first.
pub fn most_common(counts :: Map<String, Int>, limit :: Int) -> List<(String, Int)> do
  counts
    |> Map.to_list()
    |> List.sort(fn((_, a), (_, b)) -> b - a end)
    |> List.take(limit)
end
