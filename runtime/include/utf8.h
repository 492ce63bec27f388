/* UTF-8 validation (Unicode 15, table 3-7), incremental. */
#ifndef MESH_UTF8_H
#define MESH_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct utf8_state {
    uint8_t need;      /* continuation bytes still expected */
    uint8_t low, high; /* bounds of the next one */
} utf8_state;

bool utf8_feed(utf8_state *s, const char *bytes, size_t len); /* false: invalid; a text is whole when need is 0 */
bool utf8_valid(const char *bytes, size_t len);
size_t utf8_cut(const char *bytes, size_t len, size_t max); /* largest length <= max at a boundary */

#endif
