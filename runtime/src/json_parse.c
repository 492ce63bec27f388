/* The JSON parser: one pass over the text, no recursion, no memory but the tape. */
#include "json_text.h"
#include "number.h"
#include "utf8.h"

#include <string.h>

/* The parser runs in one function: everything below that is marked HOT is part of it, so that its state stays in registers. */
#define HOT static inline __attribute__((always_inline))

typedef struct {
    const char *at, *end;
    mesh_value *to, *to_end; /* the rest of the tape */
    const char *error;
    const char *error_at; /* behind the last byte that counts */
} parser;

typedef struct {
    mesh_ctx *ctx;
    const char *text;
    mesh_list *tape;
} source;

/* The error lies behind what was consumed. */
HOT bool fail(parser *p, const char *error) {
    p->error = error;
    p->error_at = p->at;
    return false;
}

/* The error is the next byte. */
HOT bool fail_next(parser *p, const char *error) {
    p->error = error;
    p->error_at = p->at < p->end ? p->at + 1 : p->end;
    return false;
}

HOT void skip_space(parser *p) {
    while (p->at < p->end && (unsigned char)*p->at <= ' ') {
        char c = *p->at;
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r') break;
        p->at++;
    }
}

static mesh_value *grow_tape(source *s, mesh_value *to) {
    mesh_list *tape = s->tape, *grown = mesh_list_new(s->ctx, &mesh_type_int, (int64_t)tape->cap * 2);
    size_t used = (size_t)(to - tape->data);
    memcpy(grown->data, tape->data, used * sizeof(mesh_value));
    mesh_drop(s->ctx, tape);
    s->tape = grown;
    return grown->data + used;
}

HOT void put(parser *p, source *s, mesh_value kind, mesh_value word) {
    if (p->to_end - p->to < 2) {
        p->to = grow_tape(s, p->to);
        p->to_end = s->tape->data + s->tape->cap;
    }
    p->to[0] = kind;
    p->to[1] = word;
    p->to += 2;
}

HOT bool parse_word(parser *p, source *s, const char *rest, enum json_kind kind) {
    p->at++;
    for (; *rest != 0; rest++) {
        if (p->at == p->end) return fail(p, "EOF while parsing a value");
        if (*p->at++ != *rest) return fail(p, "expected ident");
    }
    put(p, s, kind, 0);
    return true;
}

HOT bool is_digit(char c) { return (unsigned)(c - '0') <= 9; }

HOT bool parse_number(parser *p, source *s) {
    bool negative = *p->at == '-';
    p->at += negative;
    const char *start = p->at;
    if (p->at == p->end) return fail(p, "EOF while parsing a value");
    if (!is_digit(*p->at)) return p->at++, fail(p, "invalid number");
    uint64_t n = 0;
    if (*p->at == '0') {
        p->at++;
        if (p->at < p->end && is_digit(*p->at)) return fail_next(p, "invalid number");
    } else {
        do n = n * 10 + (uint64_t)(*p->at++ - '0');
        while (p->at < p->end && is_digit(*p->at));
    }
    size_t digits = (size_t)(p->at - start);
    bool exact = digits <= 19; /* n has not wrapped: 19 digits fit 64 bits */
    char c = p->at < p->end ? *p->at : 0;
    if (c != '.' && (c | 0x20) != 'e') {
        if (exact && (negative ? n != 0 && n <= (uint64_t)1 << 63 : n <= INT64_MAX)) {
            put(p, s, JSON_INT, negative ? 0 - n : n);
            return true;
        }
        exact = false;
    }
    size_t fraction = 0;
    if (c == '.') {
        const char *point = p->at++;
        if (p->at == p->end) return fail_next(p, "EOF while parsing a value");
        if (!is_digit(*p->at)) return fail_next(p, "invalid number");
        do n = n * 10 + (uint64_t)(*p->at++ - '0');
        while (p->at < p->end && is_digit(*p->at));
        fraction = (size_t)(p->at - point) - 1;
        exact &= digits + fraction <= 19;
    }
    if (p->at < p->end && (*p->at | 0x20) == 'e') {
        exact = false;
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-')) p->at++;
        if (p->at == p->end) return fail(p, "EOF while parsing a value");
        if (!is_digit(*p->at)) return p->at++, fail(p, "invalid number");
        while (p->at < p->end && is_digit(*p->at)) p->at++;
    }
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                   1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    double x;
    if (exact && n <= (uint64_t)1 << 53) x = (double)n / power[fraction]; /* both exact: rounded once */
    else x = mesh_read_decimal(start, (size_t)(p->at - start));
    if (x > 1.7976931348623157e308) return fail(p, "number out of range");
    put(p, s, JSON_FLOAT, mesh_of_float(negative ? -x : x));
    return true;
}

/* Bit 7 of a byte of the result is set where a string stops or needs care: a quote, a backslash, a control character. (A
 * byte behind such a one may be marked too; the first mark is right.) */
HOT uint64_t marks(uint64_t word) {
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
    if (p->end - p->at < 4) {
        p->at = p->end;
        fail(p, "EOF while parsing a string");
        return -1;
    }
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(*p->at++);
        if (digit < 0) {
            fail(p, "invalid escape");
            return -1;
        }
        code = code * 16 + digit;
    }
    return code;
}

static bool parse_escape(parser *p) {
    if (++p->at == p->end) return fail(p, "EOF while parsing a string");
    switch (*p->at++) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return true;
    case 'u': {
        int code = parse_hex(p);
        if (code < 0) return false;
        if (code >= 0xdc00 && code < 0xe000) return fail(p, "lone leading surrogate in hex escape");
        if (code < 0xd800 || code >= 0xe000) return true;
        for (int i = 0; i < 2; i++) {
            if (p->at == p->end) return fail(p, "EOF while parsing a string");
            if (*p->at++ != "\\u"[i]) return fail(p, "unexpected end of hex escape");
        }
        code = parse_hex(p);
        if (code < 0) return false;
        return (code >= 0xdc00 && code < 0xe000) || fail(p, "lone leading surrogate in hex escape");
    }
    default: return fail(p, "invalid escape");
    }
}

HOT bool parse_string(parser *p, source *s) {
    const uint64_t highs = 0x8080808080808080u;
    const char *start = ++p->at;
    mesh_value escaped = 0;
    uint64_t wide = 0;
    for (;;) {
        while (p->end - p->at >= 8) {
            uint64_t word;
            memcpy(&word, p->at, 8);
            uint64_t found = marks(word);
            if (found != 0) {
                size_t plain = (size_t)__builtin_ctzll(found) / 8;
                if (plain > 0) wide |= word << (64 - 8 * plain) & highs;
                p->at += plain;
                break;
            }
            wide |= word & highs;
            p->at += 8;
        }
        if (p->at == p->end) return fail(p, "EOF while parsing a string");
        unsigned char c = (unsigned char)*p->at;
        if (c == '"') break;
        if (c == '\\') {
            escaped = JSON_ESCAPED;
            parser rest = {.at = p->at, .end = p->end};
            if (!parse_escape(&rest)) {
                p->error = rest.error;
                p->error_at = rest.error_at;
                return false;
            }
            p->at = rest.at;
        } else if (c < 0x20) {
            p->at++;
            return fail(p, "control character (\\u0000-\\u001F) found while parsing a string");
        } else {
            wide |= c & 0x80;
            p->at++;
        }
    }
    size_t len = (size_t)(p->at++ - start);
    if (wide != 0 && !utf8_valid(start, len)) return fail(p, "invalid unicode code point");
    put(p, s, (mesh_value)len << JSON_SIZE_SHIFT | escaped | JSON_STRING, (mesh_value)(start - s->text));
    return true;
}

HOT bool parse_key(parser *p, source *s) {
    if (p->at == p->end) return fail_next(p, "EOF while parsing a value");
    if (*p->at != '"') return fail_next(p, *p->at == '}' ? "trailing comma" : "key must be a string");
    if (!parse_string(p, s)) return false;
    skip_space(p);
    if (p->at == p->end) return fail_next(p, "EOF while parsing an object");
    if (*p->at != ':') return fail_next(p, "expected `:`");
    p->at++;
    skip_space(p);
    return true;
}

HOT bool parse_document(parser *p, source *s) {
    struct {
        size_t pos;
        uint64_t count;
        bool object;
    } open[JSON_DEPTH_MAX], *top = NULL; /* NULL: nothing is open */
    bool key = false; /* a key comes next, not a value */
    skip_space(p);
    for (;;) {
        if (key && !parse_key(p, s)) return false;
        if (p->at == p->end) return fail_next(p, "EOF while parsing a value");
        char c = *p->at;
        switch (c) {
        case '"':
            if (!parse_string(p, s)) return false;
            break;
        case 'n':
            if (!parse_word(p, s, "ull", JSON_NULL)) return false;
            break;
        case 't':
            if (!parse_word(p, s, "rue", JSON_TRUE)) return false;
            break;
        case 'f':
            if (!parse_word(p, s, "alse", JSON_FALSE)) return false;
            break;
        case '[': case '{': {
            if (top == open + JSON_DEPTH_MAX - 1) return fail_next(p, "recursion limit exceeded");
            p->at++;
            top = top != NULL ? top + 1 : open;
            top->pos = (size_t)(p->to - s->tape->data);
            top->count = 0;
            top->object = key = c == '{';
            put(p, s, key ? JSON_OBJECT : JSON_ARRAY, 0);
            skip_space(p);
            if (p->at == p->end) return fail_next(p, key ? "EOF while parsing an object" : "EOF while parsing a list");
            if (*p->at != (key ? '}' : ']')) continue;
            top->count--; /* empty: what follows counts an element */
            break;
        }
        default:
            if (c != '-' && !is_digit(c)) return fail_next(p, "expected value");
            if (!parse_number(p, s)) return false;
        }
        for (;;) { /* behind a value: the ends of containers, then a comma or the end */
            skip_space(p);
            if (top == NULL) return p->at == p->end || fail_next(p, "trailing characters");
            key = top->object;
            top->count++;
            if (p->at == p->end) return fail_next(p, key ? "EOF while parsing an object" : "EOF while parsing a list");
            c = *p->at;
            if (c == ',') {
                p->at++;
                skip_space(p);
                if (!key && p->at < p->end && *p->at == ']') return fail_next(p, "trailing comma");
                break;
            }
            if (c != (key ? '}' : ']')) return fail_next(p, key ? "expected `,` or `}`" : "expected `,` or `]`");
            p->at++;
            mesh_value *container = s->tape->data + top->pos;
            container[0] |= top->count << JSON_SIZE_SHIFT;
            container[1] = (mesh_value)(p->to - s->tape->data);
            top = top > open ? top - 1 : NULL;
        }
    }
}

mesh_list *json_parse(mesh_ctx *ctx, const char *text, size_t len, mesh_string **error) {
    source s = {ctx, text, mesh_list_new(ctx, &mesh_type_int, 16 + (int64_t)len / 2)};
    parser p = {.at = text, .end = text + len, .to = s.tape->data, .to_end = s.tape->data + s.tape->cap};
    if (parse_document(&p, &s)) {
        s.tape->len = p.to - s.tape->data;
        return s.tape;
    }
    size_t line = 1;
    const char *line_start = text;
    for (const char *c = text; c < p.error_at; c++)
        if (*c == '\n') line++, line_start = c + 1;
    *error = mesh_string_format(ctx, "%s at line %zu column %zu", p.error, line, (size_t)(p.error_at - line_start));
    mesh_drop(ctx, s.tape);
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
