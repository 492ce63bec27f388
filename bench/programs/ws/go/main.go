package main

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

// The usual hub: one writer goroutine and one bounded queue a connection.
var (
	mu      sync.RWMutex
	members = map[chan []byte]bool{}
	up      = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		q := make(chan []byte, 4096)
		mu.Lock()
		members[q] = true
		mu.Unlock()
		go func() {
			for m := range q {
				if c.WriteMessage(websocket.TextMessage, m) != nil {
					return
				}
			}
		}()
		for {
			_, m, err := c.ReadMessage()
			if err != nil {
				break
			}
			mu.RLock()
			for q := range members {
				q <- m
			}
			mu.RUnlock()
		}
		mu.Lock()
		delete(members, q)
		mu.Unlock()
	})
	http.ListenAndServe("127.0.0.1:18081", nil)
}
