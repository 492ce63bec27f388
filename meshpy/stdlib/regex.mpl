#@ module Regex
# link: re2 stdc++
# Regular expressions with linear-time matching (RE2). `~r/pattern/flags` is a literal.

#@ alias regex_compile
extern "mesh_regex_compile" pub fn compile(pattern :: String) -> Result<Regex, String>

#@ alias regex_is_match
extern "mesh_regex_match" pub fn is_match(regex :: Regex, text :: String) -> Bool

# The leftmost match: the whole, then every group, "" for one that took no part.
#@ alias regex_captures
extern "mesh_regex_captures" pub fn captures(regex :: Regex, text :: String) -> Option<List<String>>

# Replaces every match; $1, $name, ${name} and $$ stand for groups and a dollar.
#@ alias regex_replace
extern "mesh_regex_replace" pub fn replace(regex :: Regex, text :: String, replacement :: String) -> String

#@ alias regex_split
extern "mesh_regex_split" pub fn split(regex :: Regex, text :: String) -> List<String>
