const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ port: 18081, host: "127.0.0.1" });
server.on("connection", socket => socket.on("message", data => {
  for (const member of server.clients) member.send(data, { binary: false });
}));
