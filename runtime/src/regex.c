/* Regex: the module over the engine. Matching runs on the worker's stack. */
#include "mesh_heap.h"
#include "mesh_stdlib.h"
#include "regex_engine.h"
#include "scheduler.h"
#include "text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void release(void *data) { mesh_rx_release(data); }
static void *share(void *data) { return mesh_rx_retain(data), data; }
static const mesh_native_ops regex_ops = {"Regex", release, share};

static mesh_rx *engine_of(mesh_obj *regex) { return ((mesh_native *)regex)->data; }

/* ---- compiling ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    const mesh_string *pattern;
    const char *flags;
    mesh_rx *rx;
    char *error;
} compile_job;

static void compile(void *data) {
    compile_job *job = data;
    job->rx = mesh_rx_compile(job->pattern->data, (size_t)job->pattern->len, job->flags, &job->error);
}

/* Takes over the count of rx. */
static mesh_obj *regex_of(mesh_ctx *ctx, mesh_rx *rx) {
    mesh_native *native = mesh_native_new(ctx, &regex_ops, rx);
    return &native->h;
}

/* Patterns compiled last, one for each value of the hash: programs compile the same text again and again, and a Unicode class
 * takes a millisecond. */
enum { RECENT = 64 };
typedef struct recent_pattern {
    char *text;
    size_t len;
    mesh_rx *rx;
} recent_pattern;

static pthread_mutex_t recent_lock = PTHREAD_MUTEX_INITIALIZER;
static recent_pattern recent[RECENT];

static mesh_rx *find_recent(const recent_pattern *slot, const mesh_string *pattern) {
    mesh_rx *found = NULL;
    pthread_mutex_lock(&recent_lock);
    if (slot->rx != NULL && slot->len == (size_t)pattern->len && memcmp(slot->text, pattern->data, slot->len) == 0) {
        found = slot->rx;
        mesh_rx_retain(found);
    }
    pthread_mutex_unlock(&recent_lock);
    return found;
}

static void keep_recent(recent_pattern *slot, const mesh_string *pattern, mesh_rx *rx) {
    recent_pattern old = {malloc((size_t)pattern->len + 1), (size_t)pattern->len, rx};
    if (old.text == NULL) return;
    memcpy(old.text, pattern->data, old.len);
    mesh_rx_retain(rx);
    pthread_mutex_lock(&recent_lock);
    recent_pattern kept = old;
    old = *slot;
    *slot = kept;
    pthread_mutex_unlock(&recent_lock);
    free(old.text);
    if (old.rx != NULL) mesh_rx_release(old.rx);
}

mesh_obj *mesh_regex_compile(mesh_ctx *ctx, mesh_string *pattern) {
    recent_pattern *slot = &recent[(size_t)mesh_hash_string(ctx, pattern) % RECENT];
    mesh_rx *known = find_recent(slot, pattern);
    if (known != NULL) return mesh_ok_ptr(ctx, regex_of(ctx, known));
    compile_job job = {.pattern = pattern, .flags = ""};
    mesh_on_big_stack(ctx, compile, &job);
    if (job.rx != NULL) {
        keep_recent(slot, pattern, job.rx);
        return mesh_ok_ptr(ctx, regex_of(ctx, job.rx));
    }
    mesh_obj *result = mesh_err_text(ctx, "%s", job.error != NULL ? job.error : "out of memory");
    free(job.error);
    return result;
}

/* Literals are compiled once for the program: a list that only grows, by as many entries as the source has literals. */
typedef struct literal {
    struct literal *next;
    mesh_rx *rx;
    size_t len;
    char flags[8];
    char pattern[];
} literal;

static pthread_mutex_t literals_lock = PTHREAD_MUTEX_INITIALIZER;
enum { LITERAL_BUCKETS = 64 };
static literal *literals[LITERAL_BUCKETS];

static literal *find_literal(size_t bucket, const mesh_string *pattern, const char *flags) {
    literal *l = literals[bucket];
    while (l != NULL && (l->len != (size_t)pattern->len || memcmp(l->pattern, pattern->data, l->len) != 0 || strcmp(l->flags, flags) != 0))
        l = l->next;
    return l;
}

mesh_obj *mesh_regex_from_literal(mesh_ctx *ctx, mesh_string *pattern, mesh_string *flags) {
    char letters[8] = "";
    for (int64_t i = 0; i < flags->len && i < 7; i++)
        if (strchr(letters, flags->data[i]) == NULL) letters[strlen(letters) + 1] = 0, letters[strlen(letters)] = flags->data[i];
    size_t bucket = (size_t)mesh_hash_string(ctx, pattern) % LITERAL_BUCKETS;
    pthread_mutex_lock(&literals_lock);
    literal *known = find_literal(bucket, pattern, letters);
    pthread_mutex_unlock(&literals_lock);
    if (known == NULL) {
        compile_job job = {.pattern = pattern, .flags = letters};
        mesh_on_big_stack(ctx, compile, &job);
        if (job.rx == NULL) { /* the compiler has checked the pattern: this is a library older than it */
            mesh_string *message = mesh_string_from_c(ctx, job.error != NULL ? job.error : "out of memory");
            free(job.error);
            mesh_panic(ctx, "mesh_regex_from_literal: invalid regex pattern %.*s", (int)message->len, message->data);
        }
        literal *made = malloc(sizeof *made + (size_t)pattern->len);
        if (made == NULL) return regex_of(ctx, job.rx);
        made->rx = job.rx;
        made->len = (size_t)pattern->len;
        memcpy(made->flags, letters, sizeof letters);
        memcpy(made->pattern, pattern->data, made->len);
        pthread_mutex_lock(&literals_lock);
        known = find_literal(bucket, pattern, letters);
        if (known == NULL) {
            known = made;
            known->next = literals[bucket];
            literals[bucket] = known;
            made = NULL;
        }
        pthread_mutex_unlock(&literals_lock);
        if (made != NULL) {
            mesh_rx_release(made->rx);
            free(made);
        }
    }
    mesh_rx_retain(known->rx);
    return regex_of(ctx, known->rx);
}

/* ---- matching ------------------------------------------------------------------------------------------------------------- */

typedef struct {
    const mesh_rx *rx;
    const mesh_string *text;
    size_t from;
    int64_t *span;
    int n;
    bool found;
} match_job;

static void run_match(void *data) {
    match_job *job = data;
    job->found = mesh_rx_match(job->rx, job->text->data, (size_t)job->text->len, job->from, job->span, job->n);
}

static bool match(mesh_ctx *ctx, const mesh_rx *rx, const mesh_string *text, size_t from, int64_t *span, int n) {
    match_job job = {rx, text, from, span, n, false};
    mesh_on_big_stack(ctx, run_match, &job);
    return job.found;
}

bool mesh_regex_match(mesh_ctx *ctx, mesh_obj *regex, mesh_string *text) { return match(ctx, engine_of(regex), text, 0, NULL, 0); }

/* Bounds of all groups, in a list of words of the heap. */
static mesh_list *new_spans(mesh_ctx *ctx, const mesh_rx *rx) {
    return mesh_list_new(ctx, &mesh_type_int, 2 * (mesh_rx_groups(rx) + 1));
}

mesh_obj *mesh_regex_captures(mesh_ctx *ctx, mesh_obj *regex, mesh_string *text) {
    const mesh_rx *rx = engine_of(regex);
    int n = mesh_rx_groups(rx) + 1;
    mesh_list *spans = new_spans(ctx, rx);
    const int64_t *span = (int64_t *)spans->data;
    mesh_obj *result = mesh_none();
    if (match(ctx, rx, text, 0, (int64_t *)spans->data, n)) {
        mesh_list *groups = mesh_list_new(ctx, &mesh_type_string, n);
        for (int i = 0; i < n; i++) {
            size_t from = span[2 * i] < 0 ? 0 : (size_t)span[2 * i], to = span[2 * i] < 0 ? 0 : (size_t)span[2 * i + 1];
            groups = mesh_list_push(ctx, &mesh_type_string, groups, mesh_of_ptr(mesh_string_part(ctx, text, from, to - from)));
        }
        result = mesh_some_ptr(ctx, groups);
    }
    mesh_drop(ctx, spans);
    return result;
}

/* The matches of a text, left to right; an empty one never stands directly behind another match. */
typedef struct {
    const mesh_rx *rx;
    mesh_string *text;
    mesh_list *spans;
    int n;
    size_t at;
    int64_t last_end;
} matches;

static matches all_matches(mesh_ctx *ctx, mesh_obj *regex, mesh_string *text, bool groups) {
    const mesh_rx *rx = engine_of(regex);
    return (matches){.rx = rx, .text = text, .spans = new_spans(ctx, rx), .n = groups ? mesh_rx_groups(rx) + 1 : 1, .last_end = -1};
}

/* The bounds of the next match and its groups, or NULL. */
static const int64_t *next_match(mesh_ctx *ctx, matches *m) {
    int64_t *span = (int64_t *)m->spans->data;
    size_t len = (size_t)m->text->len;
    while (m->at <= len && match(ctx, m->rx, m->text, m->at, span, m->n)) {
        size_t start = (size_t)span[0], end = (size_t)span[1];
        m->at = end;
        if (start == end) { /* look further on from the next code point */
            if (m->at < len) mesh_utf8_next(m->text->data, len, &m->at);
            else m->at++;
            if (span[0] == m->last_end) continue;
        }
        m->last_end = span[1];
        return span;
    }
    return NULL;
}

static bool is_name_char(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

static mesh_string *append_group(mesh_ctx *ctx, mesh_string *out, const matches *m, const int64_t *span, const char *name, size_t len) {
    int group = 0;
    for (size_t i = 0; i < len && group >= 0; i++)
        group = name[i] < '0' || name[i] > '9' || group > 100000 ? -1 : group * 10 + (name[i] - '0');
    if (group < 0) group = mesh_rx_group(m->rx, name, len);
    if (len == 0 || group < 0 || group >= m->n || span[2 * group] < 0) return out;
    return mesh_string_append(ctx, out, m->text->data + span[2 * group], (size_t)(span[2 * group + 1] - span[2 * group]));
}

static mesh_string *expand(mesh_ctx *ctx, mesh_string *out, const matches *m, const int64_t *span, const mesh_string *replacement) {
    const char *at = replacement->data, *end = at + replacement->len;
    while (at < end) {
        const char *dollar = memchr(at, '$', (size_t)(end - at));
        if (dollar == NULL) dollar = end;
        out = mesh_string_append(ctx, out, at, (size_t)(dollar - at));
        if (dollar == end) break;
        at = dollar + 1;
        const char *close = at < end && *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
        const char *stop = at;
        while (stop < end && is_name_char(*stop)) stop++;
        if (at < end && *at == '$') {
            out = mesh_string_append(ctx, out, "$", 1);
            at++;
        } else if (close != NULL) {
            out = append_group(ctx, out, m, span, at + 1, (size_t)(close - at - 1));
            at = close + 1;
        } else if (stop > at) {
            out = append_group(ctx, out, m, span, at, (size_t)(stop - at));
            at = stop;
        } else {
            out = mesh_string_append(ctx, out, "$", 1);
        }
    }
    return out;
}

mesh_string *mesh_regex_replace(mesh_ctx *ctx, mesh_obj *regex, mesh_string *text, mesh_string *replacement) {
    matches m = all_matches(ctx, regex, text, true);
    mesh_string *out = NULL;
    size_t done = 0;
    const int64_t *span;
    while ((span = next_match(ctx, &m)) != NULL) {
        if (out == NULL) out = mesh_string_reserve(ctx, (size_t)text->len);
        out = mesh_string_append(ctx, out, text->data + done, (size_t)span[0] - done);
        out = expand(ctx, out, &m, span, replacement);
        done = (size_t)span[1];
    }
    mesh_drop(ctx, m.spans);
    if (out == NULL) return mesh_dup(text);
    return mesh_string_append(ctx, out, text->data + done, (size_t)text->len - done);
}

mesh_list *mesh_regex_split(mesh_ctx *ctx, mesh_obj *regex, mesh_string *text) {
    matches m = all_matches(ctx, regex, text, false);
    mesh_list *parts = mesh_list_new(ctx, &mesh_type_string, 4);
    size_t done = 0;
    const int64_t *span;
    while ((span = next_match(ctx, &m)) != NULL) {
        mesh_string *part = mesh_string_part(ctx, text, done, (size_t)span[0] - done);
        parts = mesh_list_push(ctx, &mesh_type_string, parts, mesh_of_ptr(part));
        done = (size_t)span[1];
    }
    mesh_drop(ctx, m.spans);
    return mesh_list_push(ctx, &mesh_type_string, parts, mesh_of_ptr(mesh_string_part(ctx, text, done, (size_t)text->len - done)));
}
