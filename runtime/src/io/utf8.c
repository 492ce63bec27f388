#include "utf8.h"

#include <string.h>

bool utf8_feed(utf8_state *s, const char *bytes, size_t len) {
    const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
    while (p < end) {
        if (s->need == 0) {
            while (end - p >= 8) { /* eight ASCII bytes at a time */
                uint64_t word;
                memcpy(&word, p, 8);
                if (word & 0x8080808080808080u) break;
                p += 8;
            }
            if (p == end) break;
            unsigned c = *p++;
            if (c < 0x80) continue;
            s->low = 0x80, s->high = 0xbf;
            if (c >= 0xc2 && c <= 0xdf) s->need = 1;
            else if (c >= 0xe0 && c <= 0xef) {
                s->need = 2;
                if (c == 0xe0) s->low = 0xa0;
                if (c == 0xed) s->high = 0x9f; /* surrogates */
            } else if (c >= 0xf0 && c <= 0xf4) {
                s->need = 3;
                if (c == 0xf0) s->low = 0x90;
                if (c == 0xf4) s->high = 0x8f;
            } else return false;
        } else {
            unsigned c = *p++;
            if (c < s->low || c > s->high) return false;
            s->low = 0x80, s->high = 0xbf;
            s->need--;
        }
    }
    return true;
}

bool utf8_valid(const char *bytes, size_t len) {
    utf8_state s = {0};
    return utf8_feed(&s, bytes, len) && s.need == 0;
}

size_t utf8_cut(const char *bytes, size_t len, size_t max) {
    if (len <= max) return len;
    while (max > 0 && ((unsigned char)bytes[max] & 0xc0) == 0x80) max--;
    return max;
}
