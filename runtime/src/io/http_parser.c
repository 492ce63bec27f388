#include "http_parser.h"

#include <string.h>

#include "utf8.h"

/* tchar of RFC 9110, section 5.6.2 */
static const bool token_char[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,
    ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
    ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,
    ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1,
    ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1,
    ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1,
    ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,
    ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

static unsigned char lower(char c) {
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool http_equal_nocase(const char *a, size_t len, const char *lowered) {
    for (size_t i = 0; i < len; i++) {
        if (lowered[i] == 0 || lower(a[i]) != (unsigned char)lowered[i]) return false;
    }
    return lowered[len] == 0;
}

static bool blank(char c) {
    return c == ' ' || c == '\t';
}

bool http_list_has(const char *value, size_t len, const char *token) {
    size_t i = 0;
    while (i < len) {
        while (i < len && (blank(value[i]) || value[i] == ',')) i++;
        size_t start = i;
        while (i < len && value[i] != ',') i++;
        size_t end = i;
        while (end > start && blank(value[end - 1])) end--;
        if (end > start && http_equal_nocase(value + start, end - start, token)) return true;
    }
    return false;
}

const http_header *http_find_header(const http_head *head, const char *data, const char *name, bool first) {
    const http_header *found = NULL;
    for (unsigned i = 0; i < head->nheaders; i++) {
        const http_header *h = &head->header[i];
        if (http_equal_nocase(data + h->name.off, h->name.len, name)) {
            found = h;
            if (first) break;
        }
    }
    return found;
}

/* End of the head: the byte behind its empty line, 0 when it is not there yet. Lines start at *line. */
static size_t head_end(const char *data, size_t len, size_t *scanned, size_t *begin) {
    size_t at = *begin;
    /* Up to two empty lines may stand in front. */
    for (int skipped = 0; skipped < 2 && at < len; skipped++) {
        if (data[at] == '\n') at++;
        else if (data[at] == '\r' && at + 1 < len && data[at + 1] == '\n') at += 2;
        else break;
    }
    *begin = at;
    size_t from = *scanned > at ? *scanned : at;
    while (from < len) {
        const char *nl = memchr(data + from, '\n', len - from);
        if (nl == NULL) {
            *scanned = len;
            return 0;
        }
        size_t end = (size_t)(nl - data);
        size_t text = end > at && data[end - 1] == '\r' ? end - 1 : end;
        if (text == at || data[text - 1] == '\n') return end + 1;
        from = end + 1;
    }
    *scanned = len;
    return 0;
}

static http_slice slice(size_t from, size_t to) {
    return (http_slice){(uint32_t)from, (uint32_t)(to - from)};
}

/* Request line: 0 or a negated status. */
static int request_line(const char *data, size_t from, size_t to, http_head *out) {
    while (to > from && (blank(data[to - 1]) || data[to - 1] == '\r')) to--;
    size_t space[3], count = 0; /* space[i]: in front of part i */
    for (size_t i = from; i < to; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == ' ') {
            if (++count > 2) return -400;
            space[count] = i;
        } else if (c < 0x20 || c == 0x7f) return -400;
    }
    if (count == 0) return -400;
    size_t method_end = space[1];
    if (method_end == from) return -400;
    for (size_t i = from; i < method_end; i++) {
        if (!token_char[(unsigned char)data[i]]) return -400;
    }
    out->method = slice(from, method_end);
    size_t target = method_end + 1, target_end = count == 2 ? space[2] : to;
    if (target >= target_end) return -400;
    out->target = slice(target, target_end);
    out->minor = 0; /* no version: as HTTP/1.0 */
    if (count == 2) {
        size_t version = space[2] + 1;
        if (version >= to) return -400;
        if (to - version != 8 || memcmp(data + version, "HTTP/1.", 7) != 0) return -505;
        if (data[to - 1] != '0' && data[to - 1] != '1') return -505;
        out->minor = (uint8_t)(data[to - 1] - '0');
    }

    /* absolute-form: scheme and authority go */
    size_t path = target;
    if (data[target] != '/') {
        size_t colon = target;
        while (colon < target_end && data[colon] != ':' && data[colon] != '/' && data[colon] != '?') colon++;
        if (colon + 2 < target_end && memcmp(data + colon, "://", 3) == 0 && colon > target) {
            path = colon + 3;
            while (path < target_end && data[path] != '/' && data[path] != '?') path++;
        }
    }
    const char *mark = memchr(data + path, '?', target_end - path);
    size_t path_end = mark ? (size_t)(mark - data) : target_end;
    out->path = slice(path, path_end);
    out->query = mark ? slice(path_end + 1, target_end) : slice(target_end, target_end);
    if (path != target && path_end == path) { /* "http://host" means "/": the slash of "://" serves */
        out->path = slice(target, target);
        for (size_t i = target; i < target_end; i++) {
            if (data[i] == '/') {
                out->path = slice(i, i + 1);
                break;
            }
        }
    }
    return 0;
}

static int header_line(const char *data, size_t from, size_t to, http_head *out) {
    size_t at = from;
    while (at < to && token_char[(unsigned char)data[at]]) at++;
    if (at == from || at == to || data[at] != ':') return -400; /* also a folded line: it starts with a blank */
    if (out->nheaders == HTTP_HEADERS_MAX) return -431;
    http_header *h = &out->header[out->nheaders++];
    h->name = slice(from, at);
    size_t value = at + 1;
    while (value < to && blank(data[value])) value++;
    while (to > value && blank(data[to - 1])) to--;
    for (size_t i = value; i < to; i++) {
        unsigned char c = (unsigned char)data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return -400;
    }
    h->value = slice(value, to);
    return 0;
}

int http_split_head(const char *data, size_t len, size_t *scanned, http_head *out) {
    size_t begin = 0, seen = len > HTTP_HEAD_MAX ? HTTP_HEAD_MAX : len;
    size_t end = head_end(data, seen, scanned, &begin);
    if (end == 0) {
        if (len < HTTP_HEAD_MAX) return 0;
        return memchr(data + begin, '\n', seen - begin) ? -431 : -414;
    }
    out->size = (uint32_t)end;
    out->nheaders = 0;
    out->keep_alive = out->chunked = out->expect_continue = false;
    out->content_length = 0;
    size_t at = begin;
    bool first = true;
    while (at < end) {
        size_t nl = (size_t)((const char *)memchr(data + at, '\n', end - at) - data);
        size_t to = nl > at && data[nl - 1] == '\r' ? nl - 1 : nl;
        if (first) {
            int status = request_line(data, at, to, out);
            if (status != 0) return status;
            first = false;
        } else if (to > at) {
            int status = header_line(data, at, to, out);
            if (status != 0) return status;
        }
        at = nl + 1;
    }
    if (first) return -400; /* a third empty line */
    return utf8_valid(data + begin, end - begin) ? 1 : -400;
}

/* Digits only; a value that does not fit is the largest one. */
static int content_length(const char *value, size_t len, uint64_t *out) {
    if (len == 0) return -400;
    uint64_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < '0' || value[i] > '9') return -400;
        n = n > UINT64_MAX / 10 - 1 ? UINT64_MAX : n * 10 + (uint64_t)(value[i] - '0');
        if (n == UINT64_MAX) n = UINT64_MAX / 10; /* stays above every limit */
    }
    *out = n;
    return 0;
}

int http_parse_head(const char *data, size_t len, size_t *scanned, http_head *out) {
    int split = http_split_head(data, len, scanned, out);
    if (split != 1) return split;
    bool http11 = out->minor == 1;
    bool has_length = false, has_coding = false, close = false, keep = false;
    for (unsigned i = 0; i < out->nheaders; i++) {
        const char *name = data + out->header[i].name.off, *value = data + out->header[i].value.off;
        size_t nlen = out->header[i].name.len, vlen = out->header[i].value.len;
        switch (nlen) { /* the few lengths that matter to framing */
        case 6:
            if (http_equal_nocase(name, nlen, "expect") && http_equal_nocase(value, vlen, "100-continue")) out->expect_continue = http11;
            break;
        case 10:
            if (http_equal_nocase(name, nlen, "connection")) {
                close = close || http_list_has(value, vlen, "close");
                keep = keep || http_list_has(value, vlen, "keep-alive");
            }
            break;
        case 14:
            if (http_equal_nocase(name, nlen, "content-length")) {
                uint64_t n;
                if (content_length(value, vlen, &n) != 0) return -400;
                if (has_length && n != out->content_length) return -400;
                has_length = true;
                out->content_length = n;
            }
            break;
        case 17:
            if (http_equal_nocase(name, nlen, "transfer-encoding")) {
                if (has_coding) return -400;
                has_coding = true;
                if (vlen == 0) return -400;
                if (http_equal_nocase(value, vlen, "chunked")) out->chunked = true;
            }
            break;
        default: break;
        }
    }
    if (has_coding && has_length) return -400;
    if (has_coding && !out->chunked) return -501;
    if (has_coding && !http11) return -400; /* 1.0 knows no codings: a proxy in front may frame it otherwise */
    if (out->content_length > HTTP_BODY_MAX) return -413;
    out->keep_alive = !close && (http11 || keep);
    return 1;
}

enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_SIZE_LF, CHUNK_DATA, CHUNK_CR, CHUNK_LF, TRAILER_START, TRAILER_LINE, TRAILER_LF, LAST_LF };

enum { CHUNK_LINE_MAX = 1024 };

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int http_decode_chunks(http_chunks *c, char *data, size_t len, size_t *read, size_t *written, uint64_t max) {
    size_t r = *read, w = *written;
    while (r < len) {
        char ch = data[r];
        switch (c->state) {
        case CHUNK_SIZE: {
            int digit = hex_digit(ch);
            r++;
            if (digit >= 0) {
                if (++c->line > 16) return -400;
                c->left = c->left << 4 | (unsigned)digit;
            } else if (c->line == 0) return -400;
            else if (ch == '\r') c->state = CHUNK_SIZE_LF;
            else if (ch == ';' || blank(ch)) c->state = CHUNK_EXTENSION;
            else return -400;
            break;
        }
        case CHUNK_EXTENSION:
            r++;
            if (ch == '\r') c->state = CHUNK_SIZE_LF;
            else if ((unsigned char)ch < 0x20 && ch != '\t') return -400;
            else if (++c->line > CHUNK_LINE_MAX) return -400;
            break;
        case CHUNK_SIZE_LF:
            r++;
            if (ch != '\n') return -400;
            c->line = 0;
            c->state = c->left == 0 ? TRAILER_START : CHUNK_DATA;
            if (c->left > max - c->total) return -413;
            c->total += c->left;
            break;
        case CHUNK_DATA: {
            size_t n = len - r < c->left ? len - r : (size_t)c->left;
            memmove(data + w, data + r, n);
            r += n, w += n;
            c->left -= n;
            if (c->left == 0) c->state = CHUNK_CR;
            break;
        }
        case CHUNK_CR:
            r++;
            if (ch != '\r') return -400;
            c->state = CHUNK_LF;
            break;
        case CHUNK_LF:
            r++;
            if (ch != '\n') return -400;
            c->state = CHUNK_SIZE;
            break;
        case TRAILER_START:
            r++;
            if (ch == '\r') c->state = LAST_LF;
            else if (token_char[(unsigned char)ch]) c->state = TRAILER_LINE;
            else return -400;
            break;
        case TRAILER_LINE:
            r++;
            if (ch == '\r') c->state = TRAILER_LF;
            else if ((unsigned char)ch < 0x20 && ch != '\t') return -400;
            if (++c->trailers > HTTP_TRAILERS_MAX) return -431;
            break;
        case TRAILER_LF:
            r++;
            if (ch != '\n') return -400;
            c->state = TRAILER_START;
            break;
        case LAST_LF:
            r++;
            *read = r, *written = w;
            return ch == '\n' ? 1 : -400;
        default: return -400;
        }
    }
    *read = r, *written = w;
    return 0;
}
