#include <stdio.h>
int main(void) {
    long inside = 0;
    for (int y = 0; y < 1500; y++)
        for (int x = 0; x < 1500; x++) {
            double cr = (double)x * 3.0 / 1500.0 - 2.0, ci = (double)y * 2.0 / 1500.0 - 1.0, zr = 0, zi = 0;
            int n = 200;
            while (n > 0) {
                double r2 = zr * zr, i2 = zi * zi;
                if (r2 + i2 > 4.0) break;
                zi = 2.0 * zr * zi + ci;
                zr = r2 - i2 + cr;
                n--;
            }
            inside += n == 0;
        }
    printf("%ld\n", inside);
}
