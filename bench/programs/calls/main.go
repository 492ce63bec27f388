package main

import "fmt"

func main() {
	req, rep := make(chan int), make(chan int)
	go func() {
		count := 0
		for n := range req {
			count += n
			rep <- count
		}
	}()
	last := 0
	for i := 0; i < 1000000; i++ {
		req <- 1
		last = <-rep
	}
	fmt.Println(last)
}
