#@ module File
# Whole text files. Errors carry the operating system's words and number.

#@ alias file_read
extern "mesh_file_read" pub fn read(path :: String) -> Result<String, String>

# Creates or truncates.
#@ alias file_write
extern "mesh_file_write" pub fn write(path :: String, text :: String) -> Result<(), String>

# Creates when missing.
#@ alias file_append
extern "mesh_file_append" pub fn append(path :: String, text :: String) -> Result<(), String>

#@ alias file_exists
extern "mesh_file_exists" pub fn exists(path :: String) -> Bool

#@ alias file_delete
extern "mesh_file_delete" pub fn delete(path :: String) -> Result<(), String>
