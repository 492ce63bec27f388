// The load: 200 members join, one of them sends 2,000 texts of 100 bytes, every member checks that all arrive in order.
// Prints deliveries per second.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const members, texts = 200, 2000

func text(i int) string { return fmt.Sprintf("%0100d", i) }

func main() {
	conns := make([]*websocket.Conn, members)
	for i := range conns {
		c, _, err := websocket.DefaultDialer.Dial("ws://127.0.0.1:18081/", nil)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		conns[i] = c
	}
	time.Sleep(200 * time.Millisecond) // the last member's join
	var wg sync.WaitGroup
	window := make(chan struct{}, 256) // bounds what is under way, as a sender that watches its room would
	start := time.Now()
	for i, c := range conns {
		wg.Add(1)
		go func(first bool, c *websocket.Conn) {
			defer wg.Done()
			for n := 0; n < texts; n++ {
				_, m, err := c.ReadMessage()
				if err != nil || string(m) != text(n) {
					fmt.Fprintf(os.Stderr, "text %d: got %q, %v\n", n, m, err)
					os.Exit(1)
				}
				if first {
					<-window
				}
			}
		}(i == 0, c)
	}
	for n := 0; n < texts; n++ {
		window <- struct{}{}
		if err := conns[0].WriteMessage(websocket.TextMessage, []byte(text(n))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	wg.Wait()
	fmt.Printf("%.0f\n", float64(members*texts)/time.Since(start).Seconds())
}
