/* Numbers as text: used by strings, JSON and the databases. No heap, no locale. */
#ifndef MESH_NUMBER_H
#define MESH_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MESH_INT_TEXT = 20,    /* most bytes of an Int */
    MESH_FLOAT_TEXT = 330, /* most bytes of a positional Float: 5e-324 has a sign, `0.` and 324 digits */
    MESH_JSON_FLOAT_TEXT = 32,
};

/* All write to `to` and give the number of bytes; no NUL. */
size_t mesh_write_int(char *to, int64_t n);
size_t mesh_write_float(char *to, double x);      /* positional, shortest that reads back; inf, -inf, NaN */
size_t mesh_write_json_float(char *to, double x); /* io.md 8.3; not finite: null */

/* The shortest decimal digits of a finite x > 0 (at most 17, no trailing zeros) with x = 0.d1d2.. * 10^*exponent. */
size_t mesh_shortest_digits(double x, char digits[17], int *exponent);

/* Reads a number of the form digits [. digits] [e [+-] digits], at least one digit in front of or behind the point, sign
 * already dealt with; correctly rounded. `len` bytes must be exactly the number. */
double mesh_read_decimal(const char *text, size_t len);

#endif
