#include <stdio.h>
int main(void) {
    long best = 1, best_steps = 1;
    for (long n = 1; n < 3000000; n++) {
        long s = 1;
        for (long m = n; m != 1; s++) m = m % 2 == 0 ? m / 2 : 3 * m + 1;
        if (s > best_steps) best = n, best_steps = s;
    }
    printf("%ld\n", best);
}
