# A project of two modules: `text/words.mpl` is `Text.Words`.

from Text.Words import count_words, most_common

fn main() do
  let text = "the cat and the dog and the bird"
  let counts = count_words(text)
  println("${Map.size(counts)} different words")
  for (word, count) in most_common(counts, 3) do
    println("${word}: ${count}")
  end
end
