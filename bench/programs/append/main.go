package main

import "fmt"

func main() {
	var xs []int
	for i := 0; i < 1000000; i++ {
		xs = append(xs, i)
	}
	fmt.Println(len(xs), xs[999999])
}
