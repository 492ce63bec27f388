require("http").createServer((req, res) => {
  res.setHeader("Content-Type", "application/json; charset=utf-8");
  res.end('{"message":"hello","id":42}');
}).listen(18080, "127.0.0.1");
