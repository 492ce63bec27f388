/* Patterns of the language, rewritten for RE2: \d \w \s for all of Unicode, class operators (`&&`, `--`, `~~`, nested classes) worked
 * out, the x flag, (?<name>), \u escapes. Everything else passes as it is and RE2 judges it. */
#include "regex_engine.h"

#include <stdlib.h>
#include <string.h>

#include "regex_tables.h"

enum { LAST_CODE = 0x10ffff, NESTING = 50 };

#define WORD "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{200c}\\x{200d}"
#define SPACE "\\t-\\r\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

typedef struct {
    rx_range *range;
    size_t n, cap;
} code_set;

typedef struct {
    const char *at, *end;
    char *out;
    size_t len, cap;
    const char *error;
    bool extended; /* the x flag */
} translator;

static void fail(translator *t, const char *error) {
    if (t->error == NULL) t->error = error;
}

static void emit(translator *t, const char *text, size_t len) {
    if (t->len + len + 1 > t->cap) {
        size_t cap = (t->len + len + 1) * 2;
        char *grown = realloc(t->out, cap);
        if (grown == NULL) {
            fail(t, "out of memory");
            return;
        }
        t->out = grown, t->cap = cap;
    }
    memcpy(t->out + t->len, text, len);
    t->len += len;
}

static void emit_text(translator *t, const char *text) { emit(t, text, strlen(text)); }

static void emit_code(translator *t, uint32_t code) {
    static const char digits[] = "0123456789abcdef";
    char text[16] = "\\x{";
    size_t n = 3;
    int shift = 20;
    while (shift > 0 && code >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) text[n++] = digits[code >> shift & 15];
    text[n++] = '}';
    emit(t, text, n);
}

/* ---- sets of code points ------------------------------------------------------------------------------------------------ */

static void add(translator *t, code_set *s, uint32_t first, uint32_t last) {
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 16;
        rx_range *grown = realloc(s->range, cap * sizeof *grown);
        if (grown == NULL) {
            fail(t, "out of memory");
            return;
        }
        s->range = grown, s->cap = cap;
    }
    s->range[s->n++] = (rx_range){first, last};
}

static int by_first(const void *a, const void *b) {
    const rx_range *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static void normalise(code_set *s) {
    if (s->n == 0) return;
    qsort(s->range, s->n, sizeof *s->range, by_first);
    size_t n = 0;
    for (size_t i = 1; i < s->n; i++) {
        if (s->range[i].first <= s->range[n].last + 1) {
            if (s->range[i].last > s->range[n].last) s->range[n].last = s->range[i].last;
        } else {
            s->range[++n] = s->range[i];
        }
    }
    s->n = n + 1;
}

static void negate(translator *t, code_set *s) {
    normalise(s);
    code_set out = {0};
    uint32_t next = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->range[i].first > next) add(t, &out, next, s->range[i].first - 1);
        next = s->range[i].last + 1;
    }
    if (next <= LAST_CODE) add(t, &out, next, LAST_CODE);
    free(s->range);
    *s = out;
}

static void add_all(translator *t, code_set *to, const rx_range *range, size_t n) {
    for (size_t i = 0; i < n; i++) add(t, to, range[i].first, range[i].last);
}

/* a becomes a & b; b is used up. */
static void intersect(translator *t, code_set *a, code_set *b) {
    negate(t, a);
    negate(t, b);
    add_all(t, a, b->range, b->n);
    negate(t, a);
    free(b->range);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------- */

static uint32_t read_code(translator *t) { /* one code point of the text, which is valid UTF-8 */
    unsigned char c = (unsigned char)*t->at++;
    if (c < 0x80) return c;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    uint32_t code = c & (0x3fu >> more);
    for (; more > 0 && t->at < t->end; more--) code = code << 6 | ((unsigned char)*t->at++ & 0x3f);
    return code;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind `\x`, `\u` or `\U`: {digits}, or a fixed number of digits. */
static uint32_t read_hex(translator *t, int digits) {
    uint32_t code = 0;
    bool braces = t->at < t->end && *t->at == '{';
    if (braces) t->at++, digits = 8;
    int n = 0;
    for (; n < digits && t->at < t->end && hex_value(*t->at) >= 0; n++) code = code * 16 + (uint32_t)hex_value(*t->at++);
    if (n == 0 || (!braces && n != digits) || (braces && (t->at == t->end || *t->at++ != '}')) || code > LAST_CODE)
        fail(t, "invalid hexadecimal escape");
    return code;
}

static bool starts(const translator *t, const char *text) {
    size_t len = strlen(text);
    return (size_t)(t->end - t->at) >= len && memcmp(t->at, text, len) == 0;
}

static void skip_ignored(translator *t) { /* white space and comments under the x flag */
    while (t->extended && t->at < t->end) {
        if (*t->at == '#') while (t->at < t->end && *t->at != '\n') t->at++;
        else if (strchr(" \t\n\r\f\v", *t->at) != NULL && *t->at != 0) t->at++;
        else return;
    }
}

/* ---- classes --------------------------------------------------------------------------------------------------------------- */

typedef struct {
    bool special; /* needs to be worked out: RE2 has no such syntax */
    bool opaque;  /* holds a class known to RE2 alone, \p{...} */
} class_info;

static const struct { const char *name, *ranges; } posix[] = {
    {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"blank", "\t\t  "}, {"digit", "09"}, {"graph", "!~"}, {"lower", "az"}, {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"}, {"word", "09AZ__az"}, {"xdigit", "09AFaf"}, {"ascii", "\1\x7f"},
    {"cntrl", "\1\x1f\x7f\x7f"},
};

static bool read_posix(translator *t, code_set *set) {
    const char *close = t->at + 2;
    while (close + 1 < t->end && !(close[0] == ':' && close[1] == ']')) {
        if (*close == ']' || *close == '[') return false;
        close++;
    }
    if (close + 1 >= t->end) return false;
    const char *name = t->at + 2;
    bool negative = name < close && *name == '^';
    name += negative;
    for (size_t i = 0; i < sizeof posix / sizeof posix[0]; i++) {
        if (strlen(posix[i].name) != (size_t)(close - name) || memcmp(posix[i].name, name, (size_t)(close - name)) != 0) continue;
        code_set members = {0};
        for (const char *r = posix[i].ranges; *r != 0; r += 2) add(t, &members, (unsigned char)r[0], (unsigned char)r[1]);
        if (strcmp(posix[i].name, "ascii") == 0 || strcmp(posix[i].name, "cntrl") == 0) add(t, &members, 0, 0);
        if (negative) negate(t, &members);
        add_all(t, set, members.range, members.n);
        free(members.range);
        t->at = close + 2;
        return true;
    }
    return false;
}

/* An escape inside a class: adds a set and gives false, or gives true and the code point. */
static bool read_class_escape(translator *t, code_set *set, class_info *info, uint32_t *code) {
    char c = *t->at++;
    const rx_range *table = NULL;
    size_t n = 0;
    switch (c | 0x20) {
    case 'd': table = digit_ranges, n = sizeof digit_ranges / sizeof *table; break;
    case 'w': table = word_ranges, n = sizeof word_ranges / sizeof *table; break;
    case 's': table = space_ranges, n = sizeof space_ranges / sizeof *table; break;
    default: break;
    }
    if (table != NULL) {
        code_set members = {0};
        add_all(t, &members, table, n);
        if (c < 'a') {
            negate(t, &members);
            info->special = true;
        }
        add_all(t, set, members.range, members.n);
        free(members.range);
        return false;
    }
    switch (c) {
    case 'p': case 'P':
        info->opaque = true;
        if (t->at < t->end && *t->at == '{') while (t->at < t->end && *t->at != '}') t->at++;
        if (t->at < t->end) t->at++;
        return false;
    case 'x': *code = read_hex(t, 2); return true;
    case 'u': *code = read_hex(t, 4); return true;
    case 'U': *code = read_hex(t, 8); return true;
    case 'n': *code = '\n'; return true;
    case 't': *code = '\t'; return true;
    case 'r': *code = '\r'; return true;
    case 'f': *code = '\f'; return true;
    case 'v': *code = '\v'; return true;
    case 'a': *code = 7; return true;
    default:
        t->at--;
        *code = read_code(t);
        if ((*code >= '0' && *code <= '9') || ((*code | 0x20) >= 'a' && (*code | 0x20) <= 'z')) fail(t, "unrecognized escape sequence");
        return true;
    }
}

static void read_class(translator *t, code_set *set, class_info *info, int depth);

/* One code point or a set of it; true when it is a code point. */
static bool read_item(translator *t, code_set *set, class_info *info, int depth, uint32_t *code) {
    if (starts(t, "[:") && read_posix(t, set)) return false;
    if (*t->at == '[') {
        info->special = true;
        read_class(t, set, info, depth + 1);
        return false;
    }
    if (*t->at == '\\' && t->at + 1 < t->end) {
        t->at++;
        return read_class_escape(t, set, info, code);
    }
    *code = read_code(t);
    return true;
}

/* A class from its `[` on; adds its members to `set`. */
static void read_class(translator *t, code_set *set, class_info *info, int depth) {
    if (depth > NESTING) {
        fail(t, "classes nested too deeply");
        return;
    }
    t->at++;
    bool negative = t->at < t->end && *t->at == '^';
    t->at += negative;
    code_set all = {0}, part = {0}; /* what stands in front of the operator, and behind it */
    char combine = 0; /* the operator in front of `part` */
    for (bool first = true;; first = false) {
        while (t->extended && t->at < t->end && *t->at != 0 && strchr(" \t\n\r\f\v", *t->at) != NULL) t->at++;
        if (t->error != NULL) break;
        if (t->at == t->end) {
            fail(t, "unclosed character class");
            break;
        }
        bool end = *t->at == ']' && !first;
        if (end || starts(t, "&&") || (starts(t, "--") && !first) || starts(t, "~~")) {
            code_set copy = {0};
            switch (combine) {
            case 0: add_all(t, &all, part.range, part.n); break;
            case '&':
                add_all(t, &copy, part.range, part.n);
                intersect(t, &all, &copy);
                break;
            case '-':
                add_all(t, &copy, part.range, part.n);
                negate(t, &copy);
                intersect(t, &all, &copy);
                break;
            default: { /* in one, not in both */
                code_set both = {0};
                add_all(t, &both, all.range, all.n);
                add_all(t, &copy, part.range, part.n);
                intersect(t, &both, &copy);
                add_all(t, &all, part.range, part.n);
                negate(t, &both);
                intersect(t, &all, &both);
            }
            }
            part.n = 0;
            if (end) break;
            combine = *t->at;
            info->special = true;
            t->at += 2;
            continue;
        }
        uint32_t from, to;
        if (!read_item(t, &part, info, depth, &from)) continue;
        to = from;
        if (t->at + 1 < t->end && *t->at == '-' && t->at[1] != ']' && t->at[1] != '-') {
            t->at++;
            if (!read_item(t, &part, info, depth, &to) || to < from) fail(t, "invalid character class range");
        }
        add(t, &part, from, to);
    }
    if (t->at < t->end) t->at++;
    if (negative) negate(t, &all);
    add_all(t, set, all.range, all.n);
    free(all.range);
    free(part.range);
}

/* The class at `start` in RE2's own syntax: it has no operator, so only escapes change. */
static void copy_class(translator *t, const char *start) {
    const char *end = t->at;
    for (const char *at = start; at < end;) {
        if (t->extended && *at != 0 && strchr(" \t\n\r\f\v", *at) != NULL) {
            at++;
        } else if (*at != '\\') {
            emit(t, at++, 1);
        } else if (at[1] == 'd') {
            emit_text(t, "\\p{Nd}"), at += 2;
        } else if (at[1] == 'w') {
            emit_text(t, WORD), at += 2;
        } else if (at[1] == 's') {
            emit_text(t, SPACE), at += 2;
        } else if (at[1] == 'u' || at[1] == 'U') {
            t->at = at + 2;
            emit_code(t, read_hex(t, at[1] == 'u' ? 4 : 8));
            at = t->at;
            t->at = end;
        } else {
            emit(t, at, 2), at += 2;
        }
    }
}

static void translate_class(translator *t) {
    const char *start = t->at;
    code_set set = {0};
    class_info info = {false, false};
    read_class(t, &set, &info, 0);
    if (t->error == NULL && !info.special) {
        copy_class(t, start);
    } else if (t->error == NULL && info.opaque) {
        fail(t, "class operators and negated classes inside a class are supported between plain classes only, not with \\p");
    } else if (t->error == NULL) {
        normalise(&set);
        emit_text(t, set.n == 0 ? "[^" : "[");
        if (set.n == 0) add(t, &set, 0, LAST_CODE);
        for (size_t i = 0; i < set.n; i++) {
            emit_code(t, set.range[i].first);
            emit_text(t, "-");
            emit_code(t, set.range[i].last);
        }
        emit_text(t, "]");
    }
    free(set.range);
}

/* ---- outside classes ------------------------------------------------------------------------------------------------------- */

static void translate_escape(translator *t) {
    if (t->at + 1 == t->end) {
        fail(t, "incomplete escape sequence");
        return;
    }
    switch (t->at[1]) {
    case 'd': emit_text(t, "\\p{Nd}"); break;
    case 'D': emit_text(t, "\\P{Nd}"); break;
    case 'w': emit_text(t, "[" WORD "]"); break;
    case 'W': emit_text(t, "[^" WORD "]"); break;
    case 's': emit_text(t, "[" SPACE "]"); break;
    case 'S': emit_text(t, "[^" SPACE "]"); break;
    case 'C': case 'Q': case 'E': fail(t, "unrecognized escape sequence"); return;
    case 'u': case 'U': {
        int digits = t->at[1] == 'u' ? 4 : 8;
        t->at += 2;
        emit_code(t, read_hex(t, digits));
        return;
    }
    case ' ': case '#': case '&': case '~': case '-': /* escaped for the x flag or by habit */
        emit(t, t->at[1] == '#' ? "\\#" : t->at[1] == ' ' ? "\\x20" : t->at, t->at[1] == ' ' ? 4 : 2);
        break;
    default: emit(t, t->at, 2);
    }
    t->at += 2;
}

/* Behind `(?`: flags, of which x is ours. False when it is something else. */
static bool translate_flags(translator *t, bool *group_extended) {
    const char *at = t->at + 2;
    bool on = true, extended = t->extended;
    char kept[32];
    size_t n = 0;
    for (; at < t->end && *at != ')' && *at != ':'; at++) {
        if (strchr("imsUuRx-", *at) == NULL || *at == 0 || n + 4 > sizeof kept) return false;
        if (*at == 'x') extended = on;
        else if (*at == '-') on = false, kept[n++] = '-';
        else if (*at != 'u' && *at != 'R') kept[n++] = *at;
    }
    if (at == t->end || at == t->at + 2) return false;
    if (n > 0 && kept[n - 1] == '-') n--;
    bool group = *at == ':';
    if (n > 0 || group) {
        emit_text(t, "(?");
        emit(t, kept, n);
        emit(t, at, 1);
    }
    if (!group) t->extended = extended;
    *group_extended = extended;
    t->at = at + 1;
    return true;
}

char *mesh_rx_translate(const char *pattern, size_t len, const char **error) {
    translator t = {.at = pattern, .end = pattern + len};
    bool *outer = malloc(len + 1); /* the x flag around each open group */
    size_t depth = 0;
    *error = NULL;
    if (outer == NULL) fail(&t, "out of memory");
    emit_text(&t, "");
    while (t.error == NULL) {
        skip_ignored(&t);
        if (t.at == t.end) break;
        switch (*t.at) {
        case '[': translate_class(&t); break;
        case '\\': translate_escape(&t); break;
        case '(': {
            bool was = t.extended, inside = t.extended;
            if (starts(&t, "(?") && translate_flags(&t, &inside)) {
                if (t.at[-1] == ')') break; /* no group */
            } else if (starts(&t, "(?<") && t.at + 3 < t.end && t.at[3] != '=' && t.at[3] != '!') {
                emit_text(&t, "(?P<");
                t.at += 3;
                while (t.at < t.end && *t.at != '>') emit(&t, t.at++, 1);
            } else {
                bool named = starts(&t, "(?P<");
                size_t taken = starts(&t, "(?") ? 2 : 1;
                emit(&t, t.at, taken);
                t.at += taken;
                while (named && t.at < t.end && *t.at != '>') emit(&t, t.at++, 1);
            }
            outer[depth++] = was;
            t.extended = inside;
            break;
        }
        case ')':
            if (depth > 0) t.extended = outer[--depth];
            emit(&t, t.at++, 1);
            break;
        default: emit(&t, t.at++, 1);
        }
    }
    free(outer);
    if (t.error != NULL) {
        free(t.out);
        *error = t.error;
        return NULL;
    }
    t.out[t.len] = 0;
    return t.out;
}
