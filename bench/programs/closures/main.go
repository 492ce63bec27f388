package main

import "fmt"

func mapping(xs []int, f func(int) int) []int {
	var out []int
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func filter(xs []int, f func(int) bool) []int {
	var out []int
	for _, x := range xs {
		if f(x) {
			out = append(out, x)
		}
	}
	return out
}

func reduce(xs []int, acc int, f func(int, int) int) int {
	for _, x := range xs {
		acc = f(acc, x)
	}
	return acc
}

func main() {
	xs := make([]int, 10000)
	for i := range xs {
		xs[i] = i
	}
	total := 0
	for k := 1000; k > 0; k-- {
		ys := mapping(xs, func(x int) int { return x*3 + k })
		total += reduce(filter(ys, func(x int) bool { return x%2 == 0 }), 0, func(a, x int) int { return a + x })
	}
	fmt.Println(total)
}
