#include "sql_lexer.h"

#include <stdbool.h>
#include <string.h>

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

/* Behind the closing quote; doubled quotes and, in E'...', backslashes escape. */
static size_t skip_quoted(const char *s, size_t len, size_t at, char quote, bool backslash) {
    while (at < len) {
        if (backslash && s[at] == '\\') at += 2;
        else if (s[at] != quote) at++;
        else if (at + 1 < len && s[at + 1] == quote) at += 2;
        else return at + 1;
    }
    return len;
}

static size_t skip_block_comment(const char *s, size_t len, size_t at) {
    int depth = 0;
    while (at + 1 < len) {
        if (s[at] == '/' && s[at + 1] == '*') depth++, at += 2;
        else if (s[at] == '*' && s[at + 1] == '/') {
            at += 2;
            if (--depth == 0) return at;
        } else at++;
    }
    return len;
}

/* At a dollar: behind the closing tag, or `at` when no dollar quote begins here. */
static size_t skip_dollar_quote(const char *s, size_t len, size_t at) {
    size_t tag_end = at + 1;
    if (tag_end < len && digit(s[tag_end])) return at;
    while (tag_end < len && (letter(s[tag_end]) || digit(s[tag_end]))) tag_end++;
    if (tag_end >= len || s[tag_end] != '$') return at;
    size_t tag = tag_end + 1 - at;
    for (size_t i = tag_end + 1; i + tag <= len; i++) {
        const char *next = memchr(s + i, '$', len - i);
        if (next == NULL) return len;
        i = (size_t)(next - s);
        if (i + tag <= len && memcmp(s + i, s + at, tag) == 0) return i + tag;
    }
    return len;
}

/* Whether the quote at `at` begins an E'...' text. */
static bool escapes_by_backslash(const char *s, size_t at) {
    if (at == 0 || (s[at - 1] != 'E' && s[at - 1] != 'e')) return false;
    return at == 1 || !(letter(s[at - 2]) || digit(s[at - 2]));
}

int sql_next_placeholder(const char *s, size_t len, size_t at, sql_placeholder *out) {
    while (at < len) {
        char c = s[at];
        if (c == '\'') at = skip_quoted(s, len, at + 1, '\'', escapes_by_backslash(s, at));
        else if (c == '"') at = skip_quoted(s, len, at + 1, '"', false);
        else if (c == '-' && at + 1 < len && s[at + 1] == '-') {
            const char *nl = memchr(s + at, '\n', len - at);
            at = nl ? (size_t)(nl - s) : len;
        } else if (c == '/' && at + 1 < len && s[at + 1] == '*') at = skip_block_comment(s, len, at);
        else if (letter(c)) {
            while (at < len && (letter(s[at]) || digit(s[at]) || s[at] == '$')) {
                if (s[at] != '\'' && at + 1 < len && s[at + 1] == '\'') {
                    at++;
                    break; /* a prefixed text: E'..', U&'..' */
                }
                at++;
            }
        } else if (c == '?') {
            *out = (sql_placeholder){at, at + 1, 0};
            return 1;
        } else if (c == '$') {
            if (at + 1 < len && digit(s[at + 1])) {
                long number = 0;
                size_t to = at + 1;
                while (to < len && digit(s[to])) number = number > 1000000 ? number : number * 10 + (s[to] - '0'), to++;
                *out = (sql_placeholder){at, to, number};
                return 1;
            }
            size_t after = skip_dollar_quote(s, len, at);
            at = after > at ? after : at + 1;
        } else at++;
    }
    return 0;
}
