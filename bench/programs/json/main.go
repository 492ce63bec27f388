package main

import (
	"encoding/json"
	"fmt"
)

type Item struct {
	Name  string  `json:"name"`
	Price float64 `json:"price"`
	Qty   int     `json:"qty"`
}

type Order struct {
	Customer string `json:"customer"`
	ID       int    `json:"id"`
	Items    []Item `json:"items"`
	Paid     bool   `json:"paid"`
}

func main() {
	text, _ := json.Marshal(Order{"Ann Example", 4711, []Item{{"bolt", 0.25, 12}, {"nut \"M4\"", 1.5, 144}, {"washer", 12.75, 7}}, true})
	total := 0
	for i := 0; i < 200000; i++ {
		var o Order
		if err := json.Unmarshal(text, &o); err != nil {
			panic(err)
		}
		total += len(o.Items) + len(o.Customer)
		text, _ = json.Marshal(o)
	}
	fmt.Println(total)
}
