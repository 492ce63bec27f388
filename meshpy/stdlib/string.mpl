#@ module String
# Text: immutable UTF-8. Lengths and positions count code points.

# Number of code points.
#@ alias string_length
extern "mesh_string_length" pub fn length(s :: String) -> Int

# Number of bytes, at once.
extern "mesh_string_byte_length" pub fn byte_length(s :: String) -> Int

# Code points [start, stop), both clamped to the text.
#@ alias string_slice
extern "mesh_string_slice" pub fn slice(s :: String, start :: Int, stop :: Int) -> String

#@ alias string_contains
extern "mesh_string_contains" pub fn contains(s :: String, needle :: String) -> Bool

#@ alias string_starts_with
extern "mesh_string_starts_with" pub fn starts_with(s :: String, prefix :: String) -> Bool

#@ alias string_ends_with
extern "mesh_string_ends_with" pub fn ends_with(s :: String, suffix :: String) -> Bool

# Without Unicode white space at both ends.
#@ alias string_trim
extern "mesh_string_trim" pub fn trim(s :: String) -> String

# Full Unicode upper case: one code point may become several.
#@ alias string_to_upper
extern "mesh_string_to_upper" pub fn to_upper(s :: String) -> String

# Full Unicode lower case, with the final sigma.
#@ alias string_to_lower
extern "mesh_string_to_lower" pub fn to_lower(s :: String) -> String

# Every occurrence of `from`, left to right; an empty `from` matches around every code point.
#@ alias string_replace
extern "mesh_string_replace" pub fn replace(s :: String, from :: String, to :: String) -> String

# The pieces between the delimiters, empty ones kept.
#@ alias string_split
extern "mesh_string_split" pub fn split(s :: String, delimiter :: String) -> List<String>

#@ alias string_join
extern "mesh_string_join" pub fn join(parts :: List<String>, separator :: String) -> String

# A decimal integer with white space around it, or None.
#@ alias string_to_int
extern "mesh_string_to_int" pub fn to_int(s :: String) -> Option<Int>

# A decimal number with white space around it, or None.
#@ alias string_to_float
extern "mesh_string_to_float" pub fn to_float(s :: String) -> Option<Float>

# The text of an Int, Float or Bool; a String itself; else the type's `impl From<A> for String`.
#@ special
extern "" pub fn from<A>(value :: A) -> String

# All strings of an iterator, one after the other.
pub fn collect(it :: Iter<String>) -> String do
  collect_into(it, "")
end

fn collect_into(it :: Iter<String>, text :: String) -> String do
  case Iter.next(it) do
    Some(s) -> collect_into(it, text <> s)
    None -> text
  end
end
