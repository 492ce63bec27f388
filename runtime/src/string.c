/* Strings: construction, in-place append, and the String module without letter case (case.c). */
#define _GNU_SOURCE
#include "mesh_ctx.h"
#include "mesh_stdlib.h"
#include "number.h"
#include "text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- construction ------------------------------------------------------------------------------------------------- */

enum { STATIC_INFO = MESH_KIND_STRING | MESH_STRING_STATIC | MESH_STRING_ASCII };

mesh_string mesh_empty_string = {.h = {.rc = 0, .info = STATIC_INFO}, .data = ""};

/* Texts of one ASCII character are never allocated. */
static const char ascii[128] = {
#define BYTES_8(n) (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7
    BYTES_8(0),  BYTES_8(8),  BYTES_8(16), BYTES_8(24), BYTES_8(32), BYTES_8(40),  BYTES_8(48),  BYTES_8(56),
    BYTES_8(64), BYTES_8(72), BYTES_8(80), BYTES_8(88), BYTES_8(96), BYTES_8(104), BYTES_8(112), BYTES_8(120)};
static mesh_string characters[128] = {
#define CHARACTER(n) {.h = {.rc = 0, .info = STATIC_INFO}, .len = 1, .data = &ascii[n]}
#define CHARACTERS_4(n) CHARACTER(n), CHARACTER((n) + 1), CHARACTER((n) + 2), CHARACTER((n) + 3)
#define CHARACTERS_16(n) CHARACTERS_4(n), CHARACTERS_4((n) + 4), CHARACTERS_4((n) + 8), CHARACTERS_4((n) + 12)
#define CHARACTERS_64(n) CHARACTERS_16(n), CHARACTERS_16((n) + 16), CHARACTERS_16((n) + 32), CHARACTERS_16((n) + 48)
    CHARACTERS_64(0), CHARACTERS_64(64)};

mesh_string *mesh_string_of_shared(mesh_ctx *ctx, mesh_shared *shared, const char *data, size_t len) {
    mesh_string *s = mesh_alloc_large(ctx, sizeof *s); /* listed: the heap must release the count */
    *s = (mesh_string){.h = {.rc = 1, .info = MESH_KIND_STRING | MESH_STRING_SHARED},
                       .len = (int64_t)len,
                       .data = data,
                       .cap = (uintptr_t)shared};
    return s;
}

mesh_string *mesh_string_reserve(mesh_ctx *ctx, size_t cap) {
    if (cap <= MESH_STRING_OWN_MAX) {
        cap = cap == 0 ? MESH_CLASS_GRAIN : (cap + MESH_CLASS_GRAIN - 1) & ~(size_t)(MESH_CLASS_GRAIN - 1);
        mesh_string *s = (mesh_string *)mesh_alloc(ctx, sizeof *s + cap);
        *s = (mesh_string){.h = {.rc = 1, .info = MESH_KIND_STRING}, .data = (const char *)(s + 1), .cap = cap};
        return s;
    }
    mesh_string *s = mesh_string_of_shared(ctx, NULL, NULL, 0);
    s->h.info &= (uint16_t)~MESH_STRING_SHARED; /* until it holds a block, in case of a panic */
    mesh_shared *shared = mesh_shared_new(cap);
    if (shared == NULL) mesh_panic(ctx, "out of memory");
    s->data = shared->bytes;
    s->cap = (uintptr_t)shared;
    s->h.info |= MESH_STRING_SHARED;
    return s;
}

mesh_string *mesh_string_new(mesh_ctx *ctx, const char *bytes, size_t len) {
    if (len <= 1) {
        if (len == 0) return &mesh_empty_string;
        if ((unsigned char)bytes[0] < 128) return &characters[(unsigned char)bytes[0]];
    }
    mesh_string *s = mesh_string_reserve(ctx, len);
    memcpy((char *)(uintptr_t)s->data, bytes, len);
    s->len = (int64_t)len;
    return s;
}

mesh_string *mesh_string_from_c(mesh_ctx *ctx, const char *text) { return mesh_string_new(ctx, text, strlen(text)); }

static mesh_string *format_string(mesh_ctx *ctx, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    char local[512];
    int n = vsnprintf(local, sizeof local, format, args);
    mesh_string *s;
    if (n < (int)sizeof local) {
        s = mesh_string_new(ctx, local, n < 0 ? 0 : (size_t)n);
    } else {
        s = mesh_string_reserve(ctx, (size_t)n + 1);
        vsnprintf((char *)(uintptr_t)s->data, (size_t)n + 1, format, again);
        s->len = n;
    }
    va_end(again);
    return s;
}

mesh_string *mesh_string_format(mesh_ctx *ctx, const char *format, ...) {
    va_list args;
    va_start(args, format);
    mesh_string *s = format_string(ctx, format, args);
    va_end(args);
    return s;
}

mesh_obj *mesh_err_text(mesh_ctx *ctx, const char *format, ...) {
    va_list args;
    va_start(args, format);
    mesh_string *s = format_string(ctx, format, args);
    va_end(args);
    return mesh_err_ptr(ctx, s);
}

mesh_shared *mesh_string_share(mesh_string *s) {
    if (!(s->h.info & MESH_STRING_SHARED)) return NULL;
    mesh_shared *shared = (mesh_shared *)(uintptr_t)s->cap;
    mesh_shared_retain(shared);
    return shared;
}

mesh_string *mesh_string_part(mesh_ctx *ctx, mesh_string *s, size_t from, size_t len) {
    if (len == (size_t)s->len) return mesh_dup(s);
    const char *data = s->data + from;
    if (len <= MESH_STRING_OWN_MAX) return mesh_string_new(ctx, data, len);
    mesh_string *part;
    if (s->h.info & MESH_STRING_STATIC) {
        part = (mesh_string *)mesh_alloc(ctx, sizeof *part);
        *part = (mesh_string){.h = {.rc = 1, .info = s->h.info}, .len = (int64_t)len, .data = data};
        return part;
    }
    mesh_shared *shared = s->h.info & MESH_STRING_SHARED ? (mesh_shared *)(uintptr_t)s->cap : NULL;
    /* A part must not keep a text alive that is much larger than itself. */
    if (shared == NULL || len < shared->cap / 8) return mesh_string_new(ctx, data, len);
    mesh_shared_retain(shared);
    part = mesh_string_of_shared(ctx, shared, data, len);
    part->h.info |= s->h.info & MESH_STRING_ASCII;
    return part;
}

/* ---- appending ----------------------------------------------------------------------------------------------------- */

mesh_string *mesh_string_extend(mesh_ctx *ctx, mesh_string *owned, size_t n, char **room) {
    size_t len = (size_t)owned->len, need = len + n;
    bool unique = owned->h.rc == 1;
    if (unique && !(owned->h.info & MESH_STRING_STATIC)) {
        if (!(owned->h.info & MESH_STRING_SHARED)) {
            if (owned->cap >= need) goto done;
        } else {
            mesh_shared *shared = (mesh_shared *)(uintptr_t)owned->cap;
            if (atomic_load_explicit(&shared->count, memory_order_acquire) == 1) {
                if (shared->cap - (size_t)(owned->data - shared->bytes) >= need) goto done;
                if (owned->data == shared->bytes) {
                    size_t cap = need + need / 2;
                    shared = realloc(shared, sizeof *shared + cap);
                    if (shared == NULL) mesh_panic(ctx, "out of memory");
                    shared->cap = cap;
                    owned->cap = (uintptr_t)shared;
                    owned->data = shared->bytes;
                    goto done;
                }
            }
        }
    }
    {
        mesh_string *grown = mesh_string_reserve(ctx, unique ? need * 2 : need);
        memcpy((char *)(uintptr_t)grown->data, owned->data, len);
        grown->len = (int64_t)len;
        mesh_drop(ctx, owned);
        owned = grown;
    }
done:
    owned->h.info &= (uint16_t)~MESH_STRING_ASCII;
    *room = (char *)(uintptr_t)owned->data + len;
    return owned;
}

mesh_string *mesh_string_append(mesh_ctx *ctx, mesh_string *owned, const char *bytes, size_t len) {
    if (len == 0) return owned;
    char *room;
    owned = mesh_string_extend(ctx, owned, len, &room);
    memcpy(room, bytes, len);
    owned->len += (int64_t)len;
    return owned;
}

mesh_string *mesh_string_concat(mesh_ctx *ctx, mesh_string *owned, mesh_string *b) {
    if (b->len == 0) return owned;
    if (owned->len == 0 && owned->h.rc != 1) {
        mesh_drop(ctx, owned);
        return mesh_dup(b);
    }
    return mesh_string_append(ctx, owned, b->data, (size_t)b->len);
}

mesh_string *mesh_string_continue(mesh_ctx *ctx, mesh_string *owned, int64_t room) {
    char *end;
    return mesh_string_extend(ctx, owned, (size_t)room, &end);
}

mesh_string *mesh_string_append_int(mesh_ctx *ctx, mesh_string *owned, int64_t n) {
    char *room;
    owned = mesh_string_extend(ctx, owned, MESH_INT_TEXT, &room);
    owned->len += (int64_t)mesh_write_int(room, n);
    return owned;
}

mesh_string *mesh_string_append_float(mesh_ctx *ctx, mesh_string *owned, double x) {
    char text[MESH_FLOAT_TEXT];
    return mesh_string_append(ctx, owned, text, mesh_write_float(text, x));
}

mesh_string *mesh_int_to_string(mesh_ctx *ctx, int64_t n) {
    char text[MESH_INT_TEXT];
    return mesh_string_new(ctx, text, mesh_write_int(text, n));
}

mesh_string *mesh_float_to_string(mesh_ctx *ctx, double x) {
    char text[MESH_FLOAT_TEXT];
    return mesh_string_new(ctx, text, mesh_write_float(text, x));
}

mesh_string *mesh_bool_to_string(mesh_ctx *ctx, bool b) { return mesh_string_from_c(ctx, b ? "true" : "false"); }

/* ---- comparison ----------------------------------------------------------------------------------------------------- */

bool mesh_string_equal(mesh_ctx *ctx, mesh_string *a, mesh_string *b) {
    (void)ctx;
    return a == b || mesh_string_eq(a, b);
}

int64_t mesh_string_compare(mesh_ctx *ctx, mesh_string *a, mesh_string *b) {
    (void)ctx;
    int order = memcmp(a->data, b->data, (size_t)(a->len < b->len ? a->len : b->len));
    if (order == 0) return (a->len > b->len) - (a->len < b->len);
    return order < 0 ? -1 : 1;
}

/* ---- code points ---------------------------------------------------------------------------------------------------- */

static bool is_ascii(mesh_string *s) {
    if (s->h.info & MESH_STRING_ASCII) return true;
    const unsigned char *p = (const unsigned char *)s->data, *end = p + s->len;
    for (; end - p >= 32; p += 32) {
        unsigned char any = 0;
        for (int i = 0; i < 32; i++) any |= p[i];
        if (any & 0x80) return false;
    }
    for (; p < end; p++)
        if (*p & 0x80) return false;
    if (s->h.rc != 0) s->h.info |= MESH_STRING_ASCII; /* immortal objects are read by all processes: never written */
    return true;
}

static size_t count_points(const char *text, size_t len) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

/* The byte offset of the n-th code point from `at` on, at most len. */
static size_t skip_points(const char *text, size_t len, size_t at, uint64_t n) {
    while (n > 0 && at < len) {
        at++;
        while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80) at++;
        n--;
    }
    return at;
}

uint32_t mesh_utf8_next(const char *text, size_t len, size_t *at) {
    const unsigned char *p = (const unsigned char *)text + *at;
    size_t left = len - *at;
    if (p[0] < 0x80) return ++*at, p[0];
    if (p[0] >= 0xc2 && p[0] < 0xe0 && left >= 2) return *at += 2, (p[0] & 31u) << 6 | (p[1] & 63u);
    if (p[0] >= 0xe0 && p[0] < 0xf0 && left >= 3) return *at += 3, (p[0] & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
    if (p[0] >= 0xf0 && p[0] < 0xf5 && left >= 4)
        return *at += 4, (p[0] & 7u) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63u);
    return ++*at, 0xfffd;
}

size_t mesh_utf8_write(char *to, uint32_t code) {
    if (code < 0x80) return to[0] = (char)code, 1;
    if (code < 0x800) return to[0] = (char)(0xc0 | code >> 6), to[1] = (char)(0x80 | (code & 63)), 2;
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12), to[1] = (char)(0x80 | (code >> 6 & 63)), to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18), to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63)), to[3] = (char)(0x80 | (code & 63));
    return 4;
}

int64_t mesh_string_length(mesh_ctx *ctx, mesh_string *s) {
    (void)ctx;
    if (s->h.info & MESH_STRING_ASCII) return s->len;
    return (int64_t)count_points(s->data, (size_t)s->len);
}

int64_t mesh_string_byte_length(mesh_ctx *ctx, mesh_string *s) { return (void)ctx, s->len; }

mesh_string *mesh_string_slice(mesh_ctx *ctx, mesh_string *s, int64_t start, int64_t stop) {
    if (start < 0) start = 0;
    if (stop < start) stop = start;
    size_t len = (size_t)s->len, from, to;
    if (is_ascii(s)) {
        from = (uint64_t)start < len ? (size_t)start : len;
        to = (uint64_t)stop < len ? (size_t)stop : len;
    } else {
        from = skip_points(s->data, len, 0, (uint64_t)start);
        to = skip_points(s->data, len, from, (uint64_t)(stop - start));
    }
    return mesh_string_part(ctx, s, from, to - from);
}

/* ---- white space ------------------------------------------------------------------------------------------------------ */

static bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

void mesh_trimmed(const char **text, size_t *len) {
    size_t from = 0, to = *len;
    while (from < to) {
        size_t next = from;
        if (!is_space(mesh_utf8_next(*text, to, &next))) break;
        from = next;
    }
    while (to > from) {
        size_t last = to - 1;
        while (last > from && ((unsigned char)(*text)[last] & 0xc0) == 0x80) last--;
        size_t next = last;
        if (!is_space(mesh_utf8_next(*text, to, &next)) || next != to) break;
        to = last;
    }
    *text += from;
    *len = to - from;
}

mesh_string *mesh_string_trim(mesh_ctx *ctx, mesh_string *s) {
    const char *text = s->data;
    size_t len = (size_t)s->len;
    mesh_trimmed(&text, &len);
    return mesh_string_part(ctx, s, (size_t)(text - s->data), len);
}

/* ---- searching --------------------------------------------------------------------------------------------------------- */

static const char *find(const char *text, size_t len, const mesh_string *needle) {
    if (needle->len == 1) return memchr(text, needle->data[0], len);
    return memmem(text, len, needle->data, (size_t)needle->len);
}

bool mesh_string_contains(mesh_ctx *ctx, mesh_string *s, mesh_string *needle) {
    (void)ctx;
    return needle->len == 0 || find(s->data, (size_t)s->len, needle) != NULL;
}

bool mesh_string_starts_with(mesh_ctx *ctx, mesh_string *s, mesh_string *prefix) {
    (void)ctx;
    return s->len >= prefix->len && memcmp(s->data, prefix->data, (size_t)prefix->len) == 0;
}

bool mesh_string_ends_with(mesh_ctx *ctx, mesh_string *s, mesh_string *suffix) {
    (void)ctx;
    return s->len >= suffix->len && memcmp(s->data + s->len - suffix->len, suffix->data, (size_t)suffix->len) == 0;
}

mesh_string *mesh_string_replace(mesh_ctx *ctx, mesh_string *s, mesh_string *from, mesh_string *to) {
    const char *text = s->data, *end = text + s->len;
    if (from->len == 0) {
        mesh_string *out = mesh_string_reserve(ctx, (size_t)s->len + (count_points(text, (size_t)s->len) + 1) * (size_t)to->len);
        out = mesh_string_append(ctx, out, to->data, (size_t)to->len);
        for (size_t at = 0; at < (size_t)s->len;) {
            size_t next = skip_points(text, (size_t)s->len, at, 1);
            out = mesh_string_append(ctx, out, text + at, next - at);
            out = mesh_string_append(ctx, out, to->data, (size_t)to->len);
            at = next;
        }
        return out;
    }
    const char *hit = find(text, (size_t)s->len, from);
    if (hit == NULL) return mesh_dup(s);
    mesh_string *out = mesh_string_reserve(ctx, (size_t)s->len + (size_t)to->len);
    while (hit != NULL) {
        out = mesh_string_append(ctx, out, text, (size_t)(hit - text));
        out = mesh_string_append(ctx, out, to->data, (size_t)to->len);
        text = hit + from->len;
        hit = find(text, (size_t)(end - text), from);
    }
    return mesh_string_append(ctx, out, text, (size_t)(end - text));
}

static mesh_list *push_part(mesh_ctx *ctx, mesh_list *parts, mesh_string *s, const char *from, const char *to) {
    mesh_string *part = mesh_string_part(ctx, s, (size_t)(from - s->data), (size_t)(to - from));
    return mesh_list_push(ctx, &mesh_type_string, parts, mesh_of_ptr(part));
}

mesh_list *mesh_string_split(mesh_ctx *ctx, mesh_string *s, mesh_string *delimiter) {
    mesh_list *parts = mesh_list_new(ctx, &mesh_type_string, 4);
    const char *text = s->data, *end = text + s->len;
    if (delimiter->len == 0) { /* the empty text stands around every code point */
        parts = push_part(ctx, parts, s, text, text);
        for (size_t at = 0; at < (size_t)s->len;) {
            size_t next = skip_points(text, (size_t)s->len, at, 1);
            parts = push_part(ctx, parts, s, text + at, text + next);
            at = next;
        }
        return push_part(ctx, parts, s, end, end);
    }
    for (const char *hit; (hit = find(text, (size_t)(end - text), delimiter)) != NULL; text = hit + delimiter->len)
        parts = push_part(ctx, parts, s, text, hit);
    return push_part(ctx, parts, s, text, end);
}

mesh_string *mesh_string_join(mesh_ctx *ctx, mesh_list *parts, mesh_string *separator) {
    if (parts->len == 0) return &mesh_empty_string;
    size_t total = (size_t)(parts->len - 1) * (size_t)separator->len;
    for (int64_t i = 0; i < parts->len; i++) total += (size_t)((mesh_string *)mesh_to_ptr(parts->data[i]))->len;
    if (parts->len == 1) return mesh_dup((mesh_string *)mesh_to_ptr(parts->data[0]));
    mesh_string *out = mesh_string_reserve(ctx, total);
    char *to = (char *)(uintptr_t)out->data;
    for (int64_t i = 0; i < parts->len; i++) {
        if (i > 0) {
            memcpy(to, separator->data, (size_t)separator->len);
            to += separator->len;
        }
        const mesh_string *part = mesh_to_ptr(parts->data[i]);
        memcpy(to, part->data, (size_t)part->len);
        to += part->len;
    }
    out->len = (int64_t)total;
    return out;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------------- */

mesh_obj *mesh_string_to_int(mesh_ctx *ctx, mesh_string *s) {
    const char *text = s->data;
    size_t len = (size_t)s->len;
    mesh_trimmed(&text, &len);
    bool negative = len > 0 && text[0] == '-';
    size_t i = len > 0 && (text[0] == '-' || text[0] == '+');
    if (i == len) return mesh_none();
    uint64_t n = 0, limit = negative ? (uint64_t)1 << 63 : ((uint64_t)1 << 63) - 1;
    for (; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || n > (limit - digit) / 10) return mesh_none();
        n = n * 10 + digit;
    }
    return mesh_some_word(ctx, negative ? 0 - n : n);
}

static size_t digits_from(const char *text, size_t len, size_t at) {
    while (at < len && text[at] >= '0' && text[at] <= '9') at++;
    return at;
}

static bool is_word(const char *text, size_t len, const char *word) {
    size_t i = 0;
    for (; i < len && word[i] != 0; i++)
        if ((text[i] | 0x20) != word[i]) return false;
    return i == len && word[i] == 0;
}

mesh_obj *mesh_string_to_float(mesh_ctx *ctx, mesh_string *s) {
    const char *text = s->data;
    size_t len = (size_t)s->len;
    mesh_trimmed(&text, &len);
    bool negative = len > 0 && text[0] == '-';
    if (len > 0 && (text[0] == '-' || text[0] == '+')) text++, len--;
    double x;
    if (is_word(text, len, "inf") || is_word(text, len, "infinity")) {
        x = __builtin_inf();
    } else if (is_word(text, len, "nan")) {
        x = __builtin_nan("");
    } else {
        size_t at = digits_from(text, len, 0), digits = at;
        if (at < len && text[at] == '.') {
            size_t end = digits_from(text, len, at + 1);
            digits += end - at - 1;
            at = end;
        }
        if (digits == 0) return mesh_none();
        if (at < len && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (at < len && (text[at] == '-' || text[at] == '+')) at++;
            size_t end = digits_from(text, len, at);
            if (end == at) return mesh_none();
            at = end;
        }
        if (at != len) return mesh_none();
        x = mesh_read_decimal(text, len);
    }
    return mesh_some_word(ctx, mesh_of_float(negative ? -x : x));
}
