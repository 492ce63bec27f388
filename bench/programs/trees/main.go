package main

import "fmt"

type node struct{ l, r *node }

func build(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{build(d - 1), build(d - 1)}
}

func count(n *node) int {
	if n == nil {
		return 0
	}
	return 1 + count(n.l) + count(n.r)
}

func main() {
	total := 0
	for i := 0; i < 40; i++ {
		total += count(build(18))
	}
	fmt.Println(total)
}
