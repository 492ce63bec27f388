package main

import (
	"fmt"
	"strconv"
)

func main() {
	m := map[string]int{}
	for i := 0; i < 1000000; i++ {
		m["key"+strconv.Itoa(i)] = i
	}
	fmt.Println(len(m), m["key999999"])
}
