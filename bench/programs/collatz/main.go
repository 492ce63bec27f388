package main

import "fmt"

func main() {
	best, bestSteps := 1, 1
	for n := 1; n < 3000000; n++ {
		s := 1
		for m := n; m != 1; s++ {
			if m%2 == 0 {
				m /= 2
			} else {
				m = 3*m + 1
			}
		}
		if s > bestSteps {
			best, bestSteps = n, s
		}
	}
	fmt.Println(best)
}
