/* Full Unicode case mapping, independent of the locale (Unicode Standard 3.13, with the final sigma of SpecialCasing). */
#include "mesh_stdlib.h"
#include "text.h"

#include <string.h>

#include "unicode_tables.h"

static const uint32_t *mapping(const mesh_case_mapping *table, size_t n, uint32_t code) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].from < code) low = middle + 1;
        else high = middle;
    }
    return low < n && table[low].from == code ? table[low].to : NULL;
}

static bool in_ranges(const mesh_code_range *ranges, size_t n, uint32_t code) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges[middle].last < code) low = middle + 1;
        else high = middle;
    }
    return low < n && ranges[low].first <= code;
}

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static bool is_cased(uint32_t code) { return in_ranges(cased_ranges, COUNT(cased_ranges), code); }
static bool is_ignorable(uint32_t code) { return in_ranges(ignorable_ranges, COUNT(ignorable_ranges), code); }

/* A sigma at [at, after) ends a word: a cased letter stands before it and none behind it, ignorable characters aside. */
static bool is_final_sigma(const char *text, size_t len, size_t at, size_t after) {
    bool before = false;
    while (at > 0) {
        do at--;
        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80);
        size_t next = at;
        uint32_t code = mesh_utf8_next(text, len, &next);
        if (is_ignorable(code)) continue;
        before = is_cased(code);
        break;
    }
    if (!before) return false;
    while (after < len) {
        uint32_t code = mesh_utf8_next(text, len, &after);
        if (!is_ignorable(code)) return !is_cased(code);
    }
    return true;
}

static mesh_string *convert(mesh_ctx *ctx, mesh_string *s, bool upper) {
    const mesh_case_mapping *table = upper ? upper_mappings : lower_mappings;
    size_t n = upper ? COUNT(upper_mappings) : COUNT(lower_mappings);
    size_t len = (size_t)s->len, at = 0;
    mesh_string *out = mesh_string_reserve(ctx, len);
    while (at < len) {
        char *room;
        size_t ascii = at;
        while (ascii < len && (unsigned char)s->data[ascii] < 0x80) ascii++;
        out = mesh_string_extend(ctx, out, ascii - at, &room);
        out->len += (int64_t)(ascii - at);
        char first = upper ? 'a' : 'A';
        for (; at < ascii; at++) {
            char c = s->data[at];
            *room++ = (char)((unsigned char)(c - first) < 26 ? c ^ 0x20 : c);
        }
        if (at == len) break;

        size_t start = at;
        uint32_t code = mesh_utf8_next(s->data, len, &at);
        const uint32_t *to = mapping(table, n, code);
        if (to == NULL) {
            out = mesh_string_append(ctx, out, s->data + start, at - start);
            continue;
        }
        out = mesh_string_extend(ctx, out, 12, &room);
        if (!upper && code == 0x3a3 && is_final_sigma(s->data, len, start, at)) {
            out->len += (int64_t)mesh_utf8_write(room, 0x3c2);
            continue;
        }
        for (int i = 0; i < 3 && to[i] != 0; i++) {
            size_t wrote = mesh_utf8_write(room, to[i]);
            room += wrote;
            out->len += (int64_t)wrote;
        }
    }
    return out;
}

mesh_string *mesh_string_to_upper(mesh_ctx *ctx, mesh_string *s) { return convert(ctx, s, true); }
mesh_string *mesh_string_to_lower(mesh_ctx *ctx, mesh_string *s) { return convert(ctx, s, false); }
