package main

import "fmt"

func main() {
	inside := 0
	for y := 0; y < 1500; y++ {
		for x := 0; x < 1500; x++ {
			cr, ci := float64(x)*3.0/1500.0-2.0, float64(y)*2.0/1500.0-1.0
			zr, zi, n := 0.0, 0.0, 200
			for n > 0 {
				r2, i2 := zr*zr, zi*zi
				if r2+i2 > 4.0 {
					break
				}
				zi = 2.0*zr*zi + ci
				zr = r2 - i2 + cr
				n--
			}
			if n == 0 {
				inside++
			}
		}
	}
	fmt.Println(inside)
}
