/* Numbers as text: see number.h. */
#include "number.h"

#include <stdlib.h>
#include <string.h>

#include "pow10_table.h"

/* ---- integers -------------------------------------------------------------------------------------------------------- */

static const char pairs[201] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
                               "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* Writes the digits of n right-aligned in front of `end`; gives their start. */
static char *digits_before(char *end, uint64_t n) {
    while (n >= 100) {
        end -= 2;
        memcpy(end, pairs + n % 100 * 2, 2);
        n /= 100;
    }
    if (n >= 10) {
        end -= 2;
        memcpy(end, pairs + n * 2, 2);
    } else {
        *--end = (char)('0' + n);
    }
    return end;
}

size_t mesh_write_int(char *to, int64_t n) {
    if ((uint64_t)n < 10) return to[0] = (char)('0' + n), 1;
    char buffer[MESH_INT_TEXT], *end = buffer + sizeof buffer;
    char *start = digits_before(end, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    if (n < 0) *--start = '-';
    memcpy(to, start, (size_t)(end - start));
    return (size_t)(end - start);
}

/* ---- shortest digits --------------------------------------------------------------------------------------------------
 * Raffaello Giulietti, The Schubfach way to render doubles (2021). All intermediate values are those of the paper, section 9. */

static int floor_log10_pow2(int e) { return (int)((int64_t)e * 1262611 >> 22); }
static int floor_log10_three_quarters_pow2(int e) { return (int)(((int64_t)e * 1262611 - 524031) >> 22); }
static int floor_log2_pow10(int e) { return (int)((int64_t)e * 1741647 >> 19); }

/* floor(g * cp / 2^128) with the lowest bit set when anything was cut off. */
static uint64_t round_to_odd(int k, uint64_t cp) {
    unsigned __int128 low = (unsigned __int128)pow10_table[k - POW10_MIN].low * cp;
    unsigned __int128 high = (unsigned __int128)pow10_table[k - POW10_MIN].high * cp + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal significand of a finite positive x; x = result * 10^*exponent. */
static uint64_t shortest(double x, int *exponent) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t fraction = bits & 0xfffffffffffffu;
    int biased = (int)(bits >> 52 & 0x7ff);
    uint64_t c = biased != 0 ? fraction | (uint64_t)1 << 52 : fraction;
    int q = (biased != 0 ? biased : 1) - 1075;
    if (biased != 0 && q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) { /* an integer below 2^53 */
        *exponent = 0;
        return c >> -q;
    }

    bool even = (c & 1) == 0;
    bool irregular = fraction == 0 && biased > 1; /* the neighbour below is closer */
    uint64_t cb = 4 * c, cbl = cb - 2 + irregular, cbr = cb + 2;
    int k = irregular ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
    int h = q + floor_log2_pow10(-k) + 1;
    uint64_t vbl = round_to_odd(-k, cbl << h), vb = round_to_odd(-k, cb << h), vbr = round_to_odd(-k, cbr << h);
    uint64_t lower = vbl + !even, upper = vbr - !even;
    uint64_t s = vb / 4;
    if (s >= 10) {
        uint64_t sp = s / 10;
        bool down = lower <= 40 * sp, up = 40 * sp + 40 <= upper;
        if (down != up) {
            *exponent = k + 1;
            return sp + up;
        }
    }
    *exponent = k;
    bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down != up) return s + up;
    uint64_t middle = 4 * s + 2;
    return s + (vb > middle || (vb == middle && (s & 1)));
}

size_t mesh_shortest_digits(double x, char digits[17], int *exponent) {
    int e;
    uint64_t n;
    /* Most numbers that people write have few decimals. Decimals of up to 15 digits are told apart by doubles, so if one of
     * them reads back as x, no shorter one does but itself without its zeros. */
    double thousands = x * 1000;
    if (thousands < 1e15 && thousands >= 1 && (n = (uint64_t)(thousands + 0.5), (double)n / 1000 == x)) e = -3;
    else n = shortest(x, &e);
    char buffer[20], *end = buffer + sizeof buffer, *start = digits_before(end, n);
    *exponent = e + (int)(end - start);
    while (end > start + 1 && end[-1] == '0') end--;
    memcpy(digits, start, (size_t)(end - start));
    return (size_t)(end - start);
}

/* 0.d1..dn * 10^e without an exponent. */
static char *positional(char *to, const char *digits, size_t n, int e) {
    if (e <= 0) {
        *to++ = '0';
        *to++ = '.';
        memset(to, '0', (size_t)-e);
        memcpy(to - e, digits, n);
        return to - e + n;
    }
    if ((size_t)e >= n) {
        memcpy(to, digits, n);
        memset(to + n, '0', (size_t)e - n);
        return to + e;
    }
    memcpy(to, digits, (size_t)e);
    to[e] = '.';
    memcpy(to + e + 1, digits + e, n - (size_t)e);
    return to + n + 1;
}

static bool is_nan(double x) { return x != x; }
static bool is_infinite(double x) { return !is_nan(x) && is_nan(x - x); }
static bool sign_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63;
}

size_t mesh_write_float(char *to, double x) {
    if (is_nan(x)) return memcpy(to, "NaN", 3), 3;
    char *at = to;
    if (sign_of(x)) *at++ = '-', x = -x;
    if (is_infinite(x)) {
        memcpy(at, "inf", 3);
        return (size_t)(at + 3 - to);
    }
    if (x == 0) {
        *at++ = '0';
        return (size_t)(at - to);
    }
    char digits[17];
    int e;
    size_t n = mesh_shortest_digits(x, digits, &e);
    return (size_t)(positional(at, digits, n, e) - to);
}

size_t mesh_write_json_float(char *to, double x) {
    if (is_nan(x) || is_infinite(x)) return memcpy(to, "null", 4), 4;
    char *at = to;
    if (sign_of(x)) *at++ = '-', x = -x;
    if (x == 0) {
        memcpy(at, "0.0", 3);
        return (size_t)(at + 3 - to);
    }
    char digits[17];
    int e;
    size_t n = mesh_shortest_digits(x, digits, &e);
    if (e >= -4 && e <= 16) { /* 1e-5 <= x < 1e16 */
        at = positional(at, digits, n, e);
        if ((size_t)(e > 0 ? e : 0) >= n) *at++ = '.', *at++ = '0';
        return (size_t)(at - to);
    }
    *at++ = digits[0];
    if (n > 1) {
        *at++ = '.';
        memcpy(at, digits + 1, n - 1);
        at += n - 1;
    }
    *at++ = 'e';
    e--;
    *at++ = e < 0 ? '-' : '+';
    return (size_t)(at + mesh_write_int(at, e < 0 ? -e : e) - to);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

double mesh_read_decimal(const char *text, size_t len) {
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    /* William Clinger, How to read floating point numbers accurately (1990): when both the digits and the power of ten are
     * exact doubles, one operation rounds once. */
    uint64_t mantissa = 0;
    int significant = 0, scale = 0;
    size_t i = 0;
    bool point = false;
    for (; i < len; i++) {
        char c = text[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') break;
        if (mantissa != 0 || c != '0') significant++;
        if (significant <= 19) mantissa = mantissa * 10 + (uint64_t)(c - '0');
        scale -= point;
    }
    if (significant <= 19) {
        int e = 0;
        if (i < len) {
            size_t j = i + 1;
            bool negative = j < len && text[j] == '-';
            if (j < len && (text[j] == '-' || text[j] == '+')) j++;
            for (; j < len && e < 100000; j++) e = e * 10 + (text[j] - '0');
            if (negative) e = -e;
        }
        e += scale;
        if (mantissa == 0) return 0.0;
        if (mantissa <= (uint64_t)1 << 53) {
            if (e >= 0 && e <= 22) return (double)mantissa * exact[e];
            if (e < 0 && e >= -22) return (double)mantissa / exact[-e];
        }
    }
    char local[128], *copy = len < sizeof local ? local : malloc(len + 1);
    if (copy == NULL) return 0.0;
    memcpy(copy, text, len);
    copy[len] = 0;
    double x = strtod(copy, NULL);
    if (copy != local) free(copy);
    return x;
}
