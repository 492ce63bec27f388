#@ module IO

# The next line of standard input without its line end; Ok("") at the end.
#@ alias io_read_line
extern "mesh_io_read_line" pub fn read_line() -> Result<String, String>

# Writes the text and a newline to standard error.
#@ alias io_eprintln
extern "mesh_io_eprintln" pub fn eprintln(text :: String) -> ()
