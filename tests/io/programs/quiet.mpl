fn main() do
  HTTP.serve(HTTP.router(), 0)
end
