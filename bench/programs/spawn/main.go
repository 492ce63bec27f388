package main

import (
	"fmt"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	wg.Add(1000000)
	for i := 0; i < 1000000; i++ {
		c := make(chan int, 1)
		go func() { <-c; wg.Done() }()
		c <- i
	}
	wg.Wait()
	fmt.Println("done")
}
