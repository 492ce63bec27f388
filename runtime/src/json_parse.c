/* The JSON parser: one pass over the text, no recursion, no memory but the tape. */
#include "json_text.h"
#include "number.h"
#include "utf8.h"

#include <string.h>

typedef struct {
    mesh_ctx *ctx;
    const char *text;
    size_t len, at;
    mesh_list *tape;
    const char *error;
    size_t error_at; /* bytes consumed */
} parser;

/* The error lies behind what was consumed. */
static bool fail(parser *p, const char *error) {
    p->error = error;
    p->error_at = p->at;
    return false;
}

/* The error is the next byte. */
static bool fail_next(parser *p, const char *error) {
    p->error = error;
    p->error_at = p->at < p->len ? p->at + 1 : p->len;
    return false;
}

static void skip_space(parser *p) {
    while (p->at < p->len) {
        char c = p->text[p->at];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') break;
        p->at++;
    }
}

static mesh_value *put(parser *p, mesh_value kind, mesh_value word) {
    mesh_list *tape = p->tape;
    if ((uint64_t)tape->len + 2 > tape->cap) {
        mesh_list *grown = mesh_list_new(p->ctx, &mesh_type_int, (int64_t)tape->cap * 2);
        memcpy(grown->data, tape->data, (size_t)tape->len * sizeof(mesh_value));
        grown->len = tape->len;
        mesh_drop(p->ctx, tape);
        p->tape = tape = grown;
    }
    mesh_value *to = tape->data + tape->len;
    to[0] = kind;
    to[1] = word;
    tape->len += 2;
    return to;
}

static bool parse_word(parser *p, const char *rest, enum json_kind kind) {
    p->at++;
    for (; *rest != 0; rest++) {
        if (p->at == p->len) return fail(p, "EOF while parsing a value");
        if (p->text[p->at++] != *rest) return fail(p, "expected ident");
    }
    put(p, kind, 0);
    return true;
}

static bool is_digit(char c) { return (unsigned)(c - '0') <= 9; }

static bool parse_number(parser *p) {
    const char *text = p->text;
    bool negative = text[p->at] == '-';
    p->at += negative;
    size_t digits = p->at;
    if (p->at == p->len) return fail(p, "EOF while parsing a value");
    if (!is_digit(text[p->at])) return p->at++, fail(p, "invalid number");
    uint64_t n = 0;
    bool large = false;
    if (text[p->at] == '0') {
        p->at++;
        if (p->at < p->len && is_digit(text[p->at])) return fail_next(p, "invalid number");
    } else {
        for (; p->at < p->len && is_digit(text[p->at]); p->at++) {
            unsigned digit = (unsigned)(text[p->at] - '0');
            if (n > (UINT64_MAX - digit) / 10) large = true;
            n = n * 10 + digit;
        }
    }
    bool real = false;
    if (p->at < p->len && text[p->at] == '.') {
        real = true;
        p->at++;
        if (p->at == p->len) return fail_next(p, "EOF while parsing a value");
        if (!is_digit(text[p->at])) return fail_next(p, "invalid number");
        while (p->at < p->len && is_digit(text[p->at])) p->at++;
    }
    if (p->at < p->len && (text[p->at] | 0x20) == 'e') {
        real = true;
        p->at++;
        if (p->at < p->len && (text[p->at] == '+' || text[p->at] == '-')) p->at++;
        if (p->at == p->len) return fail(p, "EOF while parsing a value");
        if (!is_digit(text[p->at])) return p->at++, fail(p, "invalid number");
        while (p->at < p->len && is_digit(text[p->at])) p->at++;
    }
    if (!real && !large && (negative ? n != 0 && n <= (uint64_t)1 << 63 : n <= INT64_MAX)) {
        put(p, JSON_INT, negative ? 0 - n : n);
        return true;
    }
    double x = mesh_read_decimal(text + digits, p->at - digits);
    if (x > 1.7976931348623157e308) return fail(p, "number out of range");
    put(p, JSON_FLOAT, mesh_of_float(negative ? -x : x));
    return true;
}

/* Bit 7 of a byte of the result is set where a string stops or needs care: a quote, a backslash, a control character. (A
 * byte behind such a one may be marked too; the first mark is right.) */
static uint64_t marks(uint64_t word) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & highs;
}

static int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits behind `\u`, or -1. */
static int parse_hex(parser *p) {
    if (p->len - p->at < 4) {
        p->at = p->len;
        fail(p, "EOF while parsing a string");
        return -1;
    }
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p->text[p->at++]);
        if (digit < 0) {
            fail(p, "invalid escape");
            return -1;
        }
        code = code * 16 + digit;
    }
    return code;
}

static bool parse_escape(parser *p) {
    if (++p->at == p->len) return fail(p, "EOF while parsing a string");
    switch (p->text[p->at++]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return true;
    case 'u': {
        int code = parse_hex(p);
        if (code < 0) return false;
        if (code >= 0xdc00 && code < 0xe000) return fail(p, "lone leading surrogate in hex escape");
        if (code < 0xd800 || code >= 0xe000) return true;
        for (int i = 0; i < 2; i++) {
            if (p->at == p->len) return fail(p, "EOF while parsing a string");
            if (p->text[p->at++] != "\\u"[i]) return fail(p, "unexpected end of hex escape");
        }
        code = parse_hex(p);
        if (code < 0) return false;
        return (code >= 0xdc00 && code < 0xe000) || fail(p, "lone leading surrogate in hex escape");
    }
    default: return fail(p, "invalid escape");
    }
}

static bool parse_string(parser *p) {
    size_t start = ++p->at;
    bool escaped = false;
    uint64_t wide = 0;
    for (;;) {
        while (p->len - p->at >= 8) {
            uint64_t word;
            memcpy(&word, p->text + p->at, 8);
            uint64_t found = marks(word);
            if (found != 0) {
                size_t plain = (size_t)__builtin_ctzll(found) / 8;
                if (plain > 0) wide |= word << (64 - 8 * plain) & 0x8080808080808080u;
                p->at += plain;
                break;
            }
            wide |= word & 0x8080808080808080u;
            p->at += 8;
        }
        if (p->at == p->len) return fail(p, "EOF while parsing a string");
        unsigned char c = (unsigned char)p->text[p->at];
        if (c == '"') break;
        if (c == '\\') {
            escaped = true;
            if (!parse_escape(p)) return false;
        } else if (c < 0x20) {
            p->at++;
            return fail(p, "control character (\\u0000-\\u001F) found while parsing a string");
        } else {
            wide |= c & 0x80;
            p->at++;
        }
    }
    size_t len = p->at++ - start;
    if (wide != 0 && !utf8_valid(p->text + start, len)) return fail(p, "invalid unicode code point");
    put(p, (mesh_value)len << JSON_SIZE_SHIFT | (escaped ? JSON_ESCAPED : 0) | JSON_STRING, start);
    return true;
}

/* A container is closed: its size and end become known. */
static void close(parser *p, int64_t pos, uint64_t count) {
    p->tape->data[pos] |= count << JSON_SIZE_SHIFT;
    p->tape->data[pos + 1] = (mesh_value)p->tape->len;
}

static bool parse_key(parser *p) {
    if (p->at == p->len) return fail_next(p, "EOF while parsing a value");
    if (p->text[p->at] != '"') return fail_next(p, p->text[p->at] == '}' ? "trailing comma" : "key must be a string");
    if (!parse_string(p)) return false;
    skip_space(p);
    if (p->at == p->len) return fail_next(p, "EOF while parsing an object");
    if (p->text[p->at] != ':') return fail_next(p, "expected `:`");
    p->at++;
    skip_space(p);
    return true;
}

static bool parse_document(parser *p) {
    struct {
        int64_t pos;
        uint64_t count;
    } open[JSON_DEPTH_MAX];
    int depth = 0;
    skip_space(p);
    for (;;) {
        /* a value */
        if (p->at == p->len) return fail_next(p, "EOF while parsing a value");
        char c = p->text[p->at];
        switch (c) {
        case 'n':
            if (!parse_word(p, "ull", JSON_NULL)) return false;
            break;
        case 't':
            if (!parse_word(p, "rue", JSON_TRUE)) return false;
            break;
        case 'f':
            if (!parse_word(p, "alse", JSON_FALSE)) return false;
            break;
        case '"':
            if (!parse_string(p)) return false;
            break;
        case '[': case '{': {
            bool object = c == '{';
            if (depth == JSON_DEPTH_MAX) return fail_next(p, "recursion limit exceeded");
            p->at++;
            open[depth].pos = p->tape->len;
            open[depth++].count = 0;
            put(p, object ? JSON_OBJECT : JSON_ARRAY, 0);
            skip_space(p);
            if (p->at == p->len) return fail_next(p, object ? "EOF while parsing an object" : "EOF while parsing a list");
            if (p->text[p->at] == (object ? '}' : ']')) break; /* empty */
            if (object && !parse_key(p)) return false;
            continue;
        }
        default:
            if (c != '-' && !is_digit(c)) return fail_next(p, "expected value");
            if (!parse_number(p)) return false;
        }
        /* what follows a value: the ends of containers, then a comma or the end */
        bool first = (c == '[' || c == '{'); /* an empty container: its end comes next and it has no element yet */
        for (;;) {
            skip_space(p);
            if (depth == 0) return p->at == p->len || fail_next(p, "trailing characters");
            int64_t pos = open[depth - 1].pos;
            bool object = (p->tape->data[pos] & JSON_KIND_MASK) == JSON_OBJECT;
            if (!first) open[depth - 1].count++;
            first = false;
            if (p->at == p->len) return fail_next(p, object ? "EOF while parsing an object" : "EOF while parsing a list");
            char next = p->text[p->at];
            if (next == (object ? '}' : ']')) {
                p->at++;
                close(p, pos, open[--depth].count);
                continue;
            }
            if (next != ',') return fail_next(p, object ? "expected `,` or `}`" : "expected `,` or `]`");
            p->at++;
            skip_space(p);
            if (object) {
                if (!parse_key(p)) return false;
            } else if (p->at < p->len && p->text[p->at] == ']') {
                return fail_next(p, "trailing comma");
            }
            break;
        }
    }
}

mesh_list *json_parse(mesh_ctx *ctx, const char *text, size_t len, mesh_string **error) {
    parser p = {.ctx = ctx, .text = text, .len = len};
    p.tape = mesh_list_new(ctx, &mesh_type_int, 12 + (int64_t)len / 4);
    if (parse_document(&p)) return p.tape;
    size_t line = 1, line_start = 0;
    for (size_t i = 0; i < p.error_at; i++)
        if (text[i] == '\n') line++, line_start = i + 1;
    *error = mesh_string_format(ctx, "%s at line %zu column %zu", p.error, line, p.error_at - line_start);
    mesh_drop(ctx, p.tape);
    return NULL;
}

size_t json_unescape(const char *from, size_t len, char *to) {
    char *start = to;
    for (const char *end = from + len; from < end;) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        switch (*from++) {
        case 'b': *to++ = '\b'; break;
        case 'f': *to++ = '\f'; break;
        case 'n': *to++ = '\n'; break;
        case 'r': *to++ = '\r'; break;
        case 't': *to++ = '\t'; break;
        case 'u': {
            uint32_t code = 0;
            for (int i = 0; i < 4; i++) code = code * 16 + (uint32_t)hex_value(*from++);
            if (code >= 0xd800 && code < 0xdc00) { /* the parser saw the other half */
                uint32_t low = 0;
                from += 2;
                for (int i = 0; i < 4; i++) low = low * 16 + (uint32_t)hex_value(*from++);
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
            if (code < 0x80) {
                *to++ = (char)code;
            } else if (code < 0x800) {
                *to++ = (char)(0xc0 | code >> 6), *to++ = (char)(0x80 | (code & 63));
            } else if (code < 0x10000) {
                *to++ = (char)(0xe0 | code >> 12), *to++ = (char)(0x80 | (code >> 6 & 63)), *to++ = (char)(0x80 | (code & 63));
            } else {
                *to++ = (char)(0xf0 | code >> 18), *to++ = (char)(0x80 | (code >> 12 & 63));
                *to++ = (char)(0x80 | (code >> 6 & 63)), *to++ = (char)(0x80 | (code & 63));
            }
            break;
        }
        default: *to++ = from[-1];
        }
    }
    return (size_t)(to - start);
}
