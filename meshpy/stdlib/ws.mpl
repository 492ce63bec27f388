#@ module Ws
# The WebSocket server and its rooms. A connection is an Int, valid until its on_close has returned.

# Starts a server in the background and returns at once.
extern "mesh_ws_serve" pub fn serve(on_connect :: Fun(Int, String, Map<String, String>) -> Int, on_message :: Fun(Int, String) -> (), on_close :: Fun(Int, Int, String) -> (), port :: Int) -> ()

pub fn serve_tls(on_connect :: Fun(Int, String, Map<String, String>) -> Int, on_message :: Fun(Int, String) -> (), on_close :: Fun(Int, Int, String) -> (), port :: Int, cert_path :: String, key_path :: String) -> () do
  TlsServer.ws(on_connect, on_message, on_close, port, cert_path, key_path)
end

# Queues a text frame. 0, or -1 when the connection is gone, closing or backlogged.
extern "mesh_ws_send" pub fn send(conn :: Int, text :: String) -> Int

# Queues a binary frame, like send.
extern "mesh_ws_send_binary" pub fn send_binary(conn :: Int, data :: String) -> Int

# 0 when taken, 1 when the peer is slow now (nothing was queued), -1 when the connection is gone.
extern "mesh_ws_try_send" pub fn try_send(conn :: Int, text :: String) -> Int

# Subscribes a connection to a room. 0, or -1 when the connection is gone.
extern "mesh_ws_join" pub fn join(conn :: Int, room :: String) -> Int

extern "mesh_ws_leave" pub fn leave(conn :: Int, room :: String) -> Int

# Sends a text to every member of the room; the number of members that could not be reached.
extern "mesh_ws_broadcast" pub fn broadcast(room :: String, text :: String) -> Int

# As broadcast, leaving one connection out.
extern "mesh_ws_broadcast_except" pub fn broadcast_except(room :: String, text :: String, conn :: Int) -> Int
