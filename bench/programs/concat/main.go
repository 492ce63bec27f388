package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

func main() {
	var b strings.Builder
	for i := 0; i < 1000000; i++ {
		b.WriteString("item ")
		b.WriteString(strconv.Itoa(i))
		b.WriteString("\n")
	}
	fmt.Println(utf8.RuneCountInString(b.String()))
}
