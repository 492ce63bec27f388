/* JSON: encoding, decoding for derived code (json.h), and the functions of the module. */
#include "json.h"

#include "json_text.h"
#include "map.h"
#include "mesh_stdlib.h"
#include "number.h"
#include "text.h"

#include <string.h>

/* ---- encoding ------------------------------------------------------------------------------------------------------------ */

mesh_string *mesh_json_buffer(mesh_ctx *ctx) { return mesh_string_reserve(ctx, 96); }

/* memcpy for the few bytes that most pieces have, without a call. */
static inline void copy_short(char *to, const char *from, size_t len) {
    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8), memcpy(&last, from + len - 8, 8);
        memcpy(to, &first, 8), memcpy(to + len - 8, &last, 8);
    } else if (len >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4), memcpy(&last, from + len - 4, 4);
        memcpy(to, &first, 4), memcpy(to + len - 4, &last, 4);
    } else if (len > 0) {
        char first = from[0], middle = from[len / 2], last = from[len - 1];
        to[0] = first, to[len / 2] = middle, to[len - 1] = last;
    }
}

static mesh_string *put_bytes(mesh_ctx *ctx, mesh_string *owned, const char *bytes, size_t len) {
    char *room;
    owned = mesh_string_room(ctx, owned, len, &room);
    copy_short(room, bytes, len);
    owned->len += (int64_t)len;
    return owned;
}

mesh_string *mesh_json_put_raw(mesh_ctx *ctx, mesh_string *owned, mesh_string *text) {
    return put_bytes(ctx, owned, text->data, (size_t)text->len);
}

/* 0: as it is, 'u': \u00xx, otherwise the letter behind the backslash. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u', 'u', 'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\',
};

/* The number of bytes from the start of a text that need no escape. */
static size_t plain_run(const char *text, size_t len) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, text + i, 8);
        uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
        if ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & highs) break;
    }
    while (i < len && escapes[(unsigned char)text[i]] == 0) i++;
    return i;
}

static mesh_string *put_text(mesh_ctx *ctx, mesh_string *owned, const char *text, size_t len) {
    static const char hex[] = "0123456789abcdef";
    char *room;
    owned = mesh_string_room(ctx, owned, len + 2, &room);
    char *to = room;
    *to++ = '"';
    for (;;) {
        size_t run = plain_run(text, len);
        copy_short(to, text, run);
        to += run, text += run, len -= run;
        if (len == 0) break;
        owned->len += to - room;
        owned = mesh_string_room(ctx, owned, len + 7, &room); /* the longest escape, the rest, the quote */
        to = room;
        char c = *text++, letter = escapes[(unsigned char)c];
        len--;
        *to++ = '\\';
        *to++ = letter;
        if (letter == 'u') *to++ = '0', *to++ = '0', *to++ = hex[c >> 4 & 15], *to++ = hex[c & 15];
    }
    *to++ = '"';
    owned->len += to - room;
    return owned;
}

mesh_string *mesh_json_put_string(mesh_ctx *ctx, mesh_string *owned, mesh_string *s) {
    return put_text(ctx, owned, s->data, (size_t)s->len);
}

mesh_string *mesh_json_put_int(mesh_ctx *ctx, mesh_string *owned, int64_t n) {
    char *room;
    owned = mesh_string_room(ctx, owned, MESH_INT_TEXT, &room);
    owned->len += (int64_t)mesh_write_int(room, n);
    return owned;
}

mesh_string *mesh_json_put_float(mesh_ctx *ctx, mesh_string *owned, double x) {
    char *room;
    owned = mesh_string_room(ctx, owned, MESH_JSON_FLOAT_TEXT, &room);
    owned->len += (int64_t)mesh_write_json_float(room, x);
    return owned;
}

mesh_string *mesh_json_put_bool(mesh_ctx *ctx, mesh_string *owned, bool b) {
    return b ? put_bytes(ctx, owned, "true", 4) : put_bytes(ctx, owned, "false", 5);
}

/* ---- sorted keys ------------------------------------------------------------------------------------------------------------ */

static int compare_keys(const json_key *a, const json_key *b) {
    int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

void json_sort_keys(json_key *keys, json_key *spare, size_t n) {
    enum { RUN = 8 };
    for (size_t low = 0; low < n; low += RUN)
        for (size_t i = low + 1; i < n && i < low + RUN; i++) {
            json_key key = keys[i];
            size_t j = i;
            for (; j > low && compare_keys(&keys[j - 1], &key) > 0; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    json_key *from = keys, *to = spare;
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n, high = low + 2 * width < n ? low + 2 * width : n;
            size_t i = low, j = middle, k = low;
            while (i < middle && j < high) to[k++] = compare_keys(&from[i], &from[j]) <= 0 ? from[i++] : from[j++];
            while (i < middle) to[k++] = from[i++];
            while (j < high) to[k++] = from[j++];
        }
        json_key *swap = from;
        from = to;
        to = swap;
    }
    if (from != keys) memcpy(keys, from, n * sizeof *keys);
}

/* Room for n keys and as many spare ones, in a list of words. */
static mesh_list *key_room(mesh_ctx *ctx, size_t n, json_key **keys) {
    mesh_list *room = mesh_list_new(ctx, &mesh_type_int, (int64_t)(2 * n * sizeof(json_key) / sizeof(mesh_value)));
    *keys = (json_key *)room->data;
    return room;
}

mesh_list *mesh_json_map_order(mesh_ctx *ctx, mesh_obj *object) {
    mesh_map *map = (mesh_map *)object;
    size_t n = 0;
    json_key *keys;
    mesh_list *room = key_room(ctx, (size_t)map->len, &keys);
    const uint32_t *hashes = mesh_map_hashes(map);
    for (uint32_t i = map->first; i < map->used; i++) {
        if (hashes[i] == 0) continue;
        const mesh_string *name = mesh_to_ptr(map->slot[(size_t)i * 2]);
        keys[n++] = (json_key){name->data, (size_t)name->len, i};
    }
    json_sort_keys(keys, keys + n, n);
    mesh_list *order = mesh_list_new(ctx, &mesh_type_int, (int64_t)n);
    for (size_t i = 0; i < n; i++) order->data[i] = (mesh_value)keys[i].pos;
    order->len = (int64_t)n;
    mesh_drop(ctx, room);
    return order;
}

/* ---- canonical text ------------------------------------------------------------------------------------------------------------ */

mesh_string *json_string_at(mesh_ctx *ctx, json_view v, int64_t pos, mesh_string *source) {
    size_t len = json_size_at(v, pos), from = (size_t)v.tape[pos + 1];
    if (!(v.tape[pos] & JSON_ESCAPED)) {
        return source != NULL ? mesh_string_part(ctx, source, from, len) : mesh_string_new(ctx, v.text + from, len);
    }
    mesh_string *s = mesh_string_reserve(ctx, len);
    s->len = (int64_t)json_unescape(v.text + from, len, (char *)(uintptr_t)s->data);
    return s;
}

static mesh_string *put_string_at(mesh_ctx *ctx, mesh_string *owned, json_view v, int64_t pos) {
    if (!(v.tape[pos] & JSON_ESCAPED)) { /* what stands without escapes needs none */
        char *room;
        size_t len = json_size_at(v, pos);
        owned = mesh_string_room(ctx, owned, len + 2, &room);
        memcpy(room, v.text + v.tape[pos + 1] - 1, len + 2);
        owned->len += (int64_t)len + 2;
        return owned;
    }
    mesh_string *s = json_string_at(ctx, v, pos, NULL);
    owned = mesh_json_put_string(ctx, owned, s);
    mesh_drop(ctx, s);
    return owned;
}

static mesh_string *put_char(mesh_ctx *ctx, mesh_string *owned, char c) { return put_bytes(ctx, owned, &c, 1); }

/* An array, or an object, of which a part is written. */
typedef struct {
    int64_t at, end;  /* the next element or member, and the position behind the container */
    json_key *keys;   /* object whose keys had to be sorted: in order */
    size_t next, count;
    mesh_list *room, *held; /* memory of keys, and of names that had escapes */
    bool object, first;
} open_value;

/* The keys stand in strictly ascending order and without escapes: nothing to sort, nothing twice. */
static bool is_sorted(json_view v, int64_t pos) {
    json_key last = {NULL, 0, 0};
    int64_t end = json_after_at(v, pos);
    for (int64_t at = pos + JSON_VALUE_WORDS; at < end; at = json_after_at(v, at + JSON_VALUE_WORDS)) {
        json_key key = {v.text + v.tape[at + 1], json_size_at(v, at), at};
        if ((v.tape[at] & JSON_ESCAPED) || (last.name != NULL && compare_keys(&last, &key) >= 0)) return false;
        last = key;
    }
    return true;
}

static void sort_members(mesh_ctx *ctx, json_view v, int64_t pos, open_value *o) {
    size_t n = o->count = json_size_at(v, pos);
    o->room = key_room(ctx, n, &o->keys);
    int64_t at = pos + JSON_VALUE_WORDS;
    for (size_t i = 0; i < n; i++) {
        o->keys[i] = (json_key){v.text + v.tape[at + 1], json_size_at(v, at), at};
        if (v.tape[at] & JSON_ESCAPED) {
            mesh_string *name = json_string_at(ctx, v, at, NULL);
            if (o->held == NULL) o->held = mesh_list_new(ctx, &mesh_type_string, 4);
            o->held = mesh_list_push(ctx, &mesh_type_string, o->held, mesh_of_ptr(name));
            o->keys[i].name = name->data;
            o->keys[i].len = (size_t)name->len;
        }
        at = json_after_at(v, at + JSON_VALUE_WORDS);
    }
    json_sort_keys(o->keys, o->keys + n, n);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) /* the last of equal keys counts */
        if (i + 1 == n || compare_keys(&o->keys[i], &o->keys[i + 1]) != 0) o->keys[kept++] = o->keys[i];
    o->count = kept;
}

mesh_string *json_canonical(mesh_ctx *ctx, mesh_string *owned, json_view v, int64_t pos) {
    open_value open[JSON_DEPTH_MAX];
    int depth = 0;
    for (;;) {
        enum json_kind kind = json_kind_at(v, pos);
        switch (kind) {
        case JSON_NULL: owned = put_bytes(ctx, owned, "null", 4); break;
        case JSON_FALSE: owned = mesh_json_put_bool(ctx, owned, false); break;
        case JSON_TRUE: owned = mesh_json_put_bool(ctx, owned, true); break;
        case JSON_INT: owned = mesh_json_put_int(ctx, owned, (int64_t)v.tape[pos + 1]); break;
        case JSON_FLOAT: owned = mesh_json_put_float(ctx, owned, mesh_to_float(v.tape[pos + 1])); break;
        case JSON_STRING: owned = put_string_at(ctx, owned, v, pos); break;
        case JSON_ARRAY:
        case JSON_OBJECT: {
            open_value *o = &open[depth++];
            *o = (open_value){.at = pos + JSON_VALUE_WORDS, .end = json_after_at(v, pos), .object = kind == JSON_OBJECT, .first = true};
            if (o->object && !is_sorted(v, pos)) sort_members(ctx, v, pos, o);
            owned = put_char(ctx, owned, o->object ? '{' : '[');
        }
        }
        for (;; depth--) { /* ends of containers, then the next element or member */
            if (depth == 0) return owned;
            open_value *o = &open[depth - 1];
            if (o->keys != NULL ? o->next == o->count : o->at == o->end) {
                owned = put_char(ctx, owned, o->object ? '}' : ']');
                if (o->room != NULL) mesh_drop(ctx, o->room);
                if (o->held != NULL) mesh_drop(ctx, o->held);
                continue;
            }
            if (!o->first) owned = put_char(ctx, owned, ',');
            o->first = false;
            if (o->keys != NULL) {
                const json_key *key = &o->keys[o->next++];
                owned = put_text(ctx, owned, key->name, key->len);
                pos = key->pos + JSON_VALUE_WORDS;
            } else {
                pos = o->at;
                if (o->object) {
                    owned = put_string_at(ctx, owned, v, pos);
                    pos += JSON_VALUE_WORDS;
                }
                o->at = json_after_at(v, pos);
            }
            if (o->object) owned = put_char(ctx, owned, ':');
            break;
        }
    }
}

static bool key_is(mesh_ctx *ctx, json_view v, int64_t pos, const char *key, size_t len) {
    size_t size = json_size_at(v, pos);
    if (!(v.tape[pos] & JSON_ESCAPED)) return size == len && memcmp(v.text + v.tape[pos + 1], key, len) == 0;
    mesh_string *name = json_string_at(ctx, v, pos, NULL);
    bool same = (size_t)name->len == len && memcmp(name->data, key, len) == 0;
    mesh_drop(ctx, name);
    return same;
}

int64_t json_find(mesh_ctx *ctx, json_view v, int64_t object, const char *key, size_t len) {
    int64_t found = -1, end = json_after_at(v, object);
    for (int64_t at = object + JSON_VALUE_WORDS; at < end; at = json_after_at(v, at + JSON_VALUE_WORDS))
        if (key_is(ctx, v, at, key, len)) found = at + JSON_VALUE_WORDS;
    return found;
}

/* ---- decoding ------------------------------------------------------------------------------------------------------------------ */

enum { DOC_TEXT, DOC_TAPE, DOC_ERROR, DOC_FAILED, DOC_SLOTS };

static mesh_data *doc_of(mesh_obj *doc) { return (mesh_data *)doc; }
static mesh_string *doc_text(mesh_obj *doc) { return mesh_to_ptr(doc_of(doc)->slot[DOC_TEXT]); }

static json_view view_of(mesh_obj *doc) {
    return (json_view){doc_text(doc)->data, ((mesh_list *)mesh_to_ptr(doc_of(doc)->slot[DOC_TAPE]))->data};
}

mesh_obj *mesh_json_open(mesh_ctx *ctx, mesh_string *text) {
    mesh_string *error = NULL;
    mesh_list *tape = json_parse(ctx, text->data, (size_t)text->len, &error);
    mesh_data *doc = mesh_data_new(ctx, 0, DOC_FAILED, DOC_SLOTS);
    doc->slot[DOC_TEXT] = mesh_of_ptr(mesh_dup(text));
    doc->slot[DOC_TAPE] = mesh_of_ptr(tape != NULL ? tape : mesh_list_new(ctx, &mesh_type_int, 0));
    doc->slot[DOC_ERROR] = mesh_of_ptr(error != NULL ? error : &mesh_empty_string);
    doc->slot[DOC_FAILED] = error != NULL;
    return &doc->h;
}

bool mesh_json_failed(mesh_ctx *ctx, mesh_obj *doc) { return (void)ctx, doc_of(doc)->slot[DOC_FAILED]; }

mesh_string *mesh_json_error(mesh_ctx *ctx, mesh_obj *doc) {
    return (void)ctx, mesh_dup((mesh_string *)mesh_to_ptr(doc_of(doc)->slot[DOC_ERROR]));
}

/* Takes the reference. */
static void set_error(mesh_ctx *ctx, mesh_obj *doc, mesh_string *message) {
    mesh_data *d = doc_of(doc);
    if (d->slot[DOC_FAILED]) {
        mesh_drop(ctx, message);
        return;
    }
    d->slot[DOC_FAILED] = true;
    d->slot[DOC_ERROR] = mesh_of_ptr(message);
}

static void expected(mesh_ctx *ctx, mesh_obj *doc, const char *what) {
    if (!doc_of(doc)->slot[DOC_FAILED]) set_error(ctx, doc, mesh_string_format(ctx, "expected %s", what));
}

void mesh_json_fail(mesh_ctx *ctx, mesh_obj *doc, mesh_string *message) { set_error(ctx, doc, mesh_dup(message)); }

void mesh_json_missing(mesh_ctx *ctx, mesh_obj *doc, mesh_string *name) {
    if (!doc_of(doc)->slot[DOC_FAILED])
        set_error(ctx, doc, mesh_string_format(ctx, "missing field: %.*s", (int)name->len, name->data));
}

/* A position to read from: not after a failure. */
static bool readable(mesh_obj *doc, int64_t pos) { return pos >= 0 && !doc_of(doc)->slot[DOC_FAILED]; }

int64_t mesh_json_take_int(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    if (!readable(doc, pos)) return 0;
    json_view v = view_of(doc);
    if (json_kind_at(v, pos) == JSON_INT) return (int64_t)v.tape[pos + 1];
    if (json_kind_at(v, pos) == JSON_FLOAT) return mesh_float_to_int(ctx, mesh_to_float(v.tape[pos + 1]));
    expected(ctx, doc, "Int");
    return 0;
}

double mesh_json_take_float(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    if (!readable(doc, pos)) return 0;
    json_view v = view_of(doc);
    if (json_kind_at(v, pos) == JSON_FLOAT) return mesh_to_float(v.tape[pos + 1]);
    if (json_kind_at(v, pos) == JSON_INT) return (double)(int64_t)v.tape[pos + 1];
    expected(ctx, doc, "Float");
    return 0;
}

bool mesh_json_take_bool(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    if (!readable(doc, pos)) return false;
    enum json_kind kind = json_kind_at(view_of(doc), pos);
    if (kind != JSON_TRUE && kind != JSON_FALSE) expected(ctx, doc, "Bool");
    return kind == JSON_TRUE;
}

mesh_string *mesh_json_take_string(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    if (!readable(doc, pos)) return &mesh_empty_string;
    json_view v = view_of(doc);
    if (json_kind_at(v, pos) == JSON_STRING) return json_string_at(ctx, v, pos, doc_text(doc));
    expected(ctx, doc, "String");
    return &mesh_empty_string;
}

mesh_string *mesh_json_value(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    if (!readable(doc, pos)) return mesh_string_from_c(ctx, "null");
    return json_canonical(ctx, mesh_json_buffer(ctx), view_of(doc), pos);
}

bool mesh_json_is_null(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    (void)ctx;
    return !readable(doc, pos) || json_kind_at(view_of(doc), pos) == JSON_NULL;
}

static int64_t container(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, enum json_kind kind, const char *name) {
    if (!readable(doc, pos)) return 0;
    json_view v = view_of(doc);
    if (json_kind_at(v, pos) == kind) return (int64_t)json_size_at(v, pos);
    expected(ctx, doc, name);
    return 0;
}

int64_t mesh_json_array(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) { return container(ctx, doc, pos, JSON_ARRAY, "Array"); }
int64_t mesh_json_object(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) { return container(ctx, doc, pos, JSON_OBJECT, "Object"); }
int64_t mesh_json_first(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) { return (void)ctx, (void)doc, pos < 0 ? -1 : pos + JSON_VALUE_WORDS; }

int64_t mesh_json_after(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    return (void)ctx, readable(doc, pos) ? json_after_at(view_of(doc), pos) : -1;
}

mesh_string *mesh_json_key(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) {
    if (!readable(doc, pos)) return &mesh_empty_string;
    return json_string_at(ctx, view_of(doc), pos, doc_text(doc));
}

int64_t mesh_json_member(mesh_ctx *ctx, mesh_obj *doc, int64_t pos) { return mesh_json_first(ctx, doc, pos); }

/* A table of names: {n, then prefix, length, address for each}. */
typedef struct {
    uint64_t prefix, len;
    const char *name;
} table_name;

/* `readable` bytes may be loaded from `name` on. */
static uint64_t prefix_of(const char *name, size_t len, size_t readable) {
    uint64_t prefix = 0;
    if (readable < 8) {
        memcpy(&prefix, name, len);
        return prefix;
    }
    memcpy(&prefix, name, 8);
    return len >= 8 ? prefix : prefix & (((uint64_t)1 << 8 * len) - 1);
}

/* The number of a name, looked for from `hint` on; n when it is not in the table. */
static inline size_t table_find(const table_name *names, size_t n, size_t hint, const char *key, size_t len, size_t readable) {
    uint64_t prefix = prefix_of(key, len, readable);
    for (size_t i = 0, at = hint; i < n; i++, at = at + 1 < n ? at + 1 : 0) {
        const table_name *name = &names[at];
        if (name->prefix == prefix && name->len == len && (len <= 8 || memcmp(name->name, key, len) == 0)) return at;
    }
    return n;
}

mesh_list *mesh_json_fields(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, const void *table) {
    size_t n = (size_t)*(const uint64_t *)table;
    const table_name *names = (const table_name *)((const uint64_t *)table + 1);
    mesh_list *fields = mesh_list_new(ctx, &mesh_type_int, (int64_t)n);
    for (size_t i = 0; i < n; i++) fields->data[i] = (mesh_value)-1;
    fields->len = (int64_t)n;
    if (container(ctx, doc, pos, JSON_OBJECT, "Object") == 0) return fields;
    json_view v = view_of(doc);
    int64_t end = json_after_at(v, pos);
    size_t hint = 0, text_len = (size_t)doc_text(doc)->len;
    for (int64_t at = pos + JSON_VALUE_WORDS; at < end; at = json_after_at(v, at + JSON_VALUE_WORDS)) {
        size_t found;
        if (v.tape[at] & JSON_ESCAPED) {
            mesh_string *key = json_string_at(ctx, v, at, NULL);
            found = table_find(names, n, hint, key->data, (size_t)key->len, (size_t)key->len);
            mesh_drop(ctx, key);
        } else {
            found = table_find(names, n, hint, v.text + v.tape[at + 1], json_size_at(v, at), text_len - (size_t)v.tape[at + 1]);
        }
        if (found == n) continue;
        fields->data[found] = (mesh_value)at + JSON_VALUE_WORDS; /* of equal keys the last one stays */
        hint = found + 1 < n ? found + 1 : 0;
    }
    return fields;
}

/* The position of a member that must exist, or -1 with the error. */
static int64_t required(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, const char *name) {
    int64_t at = json_find(ctx, view_of(doc), pos, name, strlen(name));
    if (at < 0) set_error(ctx, doc, mesh_string_format(ctx, "missing field: %s", name));
    return at;
}

int64_t mesh_json_variant(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, const void *table, mesh_string *type_name) {
    container(ctx, doc, pos, JSON_OBJECT, "Object");
    if (!readable(doc, pos)) return -1;
    int64_t at = required(ctx, doc, pos, "tag");
    if (at < 0) return -1;
    mesh_string *tag = mesh_json_take_string(ctx, doc, at);
    int64_t found = -1;
    if (readable(doc, at)) {
        size_t n = (size_t)*(const uint64_t *)table;
        size_t number = table_find((const table_name *)((const uint64_t *)table + 1), n, 0, tag->data, (size_t)tag->len, (size_t)tag->len);
        if (number < n) found = (int64_t)number;
        else set_error(ctx, doc, mesh_string_format(ctx, "unknown variant for %.*s", (int)type_name->len, type_name->data));
    }
    mesh_drop(ctx, tag);
    return found;
}

int64_t mesh_json_payload_at(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, int64_t index) {
    if (!readable(doc, pos)) return -1;
    int64_t at = required(ctx, doc, pos, "fields");
    int64_t n = mesh_json_array(ctx, doc, at);
    if (!readable(doc, at)) return -1;
    if (index >= n) {
        set_error(ctx, doc, mesh_string_format(ctx, "array index %lld out of bounds (length %lld)", (long long)index, (long long)n));
        return -1;
    }
    json_view v = view_of(doc);
    for (at += JSON_VALUE_WORDS; index > 0; index--) at = json_after_at(v, at);
    return at;
}

/* ---- the module ------------------------------------------------------------------------------------------------------------------- */

mesh_obj *mesh_json_parse(mesh_ctx *ctx, mesh_string *text) {
    mesh_string *error;
    mesh_list *tape = json_parse(ctx, text->data, (size_t)text->len, &error);
    if (tape == NULL) return mesh_err_ptr(ctx, error);
    mesh_string *out = mesh_string_reserve(ctx, (size_t)text->len);
    out = json_canonical(ctx, out, (json_view){text->data, tape->data}, 0);
    mesh_drop(ctx, tape);
    return mesh_ok_ptr(ctx, out);
}

mesh_string *mesh_json_encode(mesh_ctx *ctx, const mesh_type *a, mesh_value value) { return (mesh_string *)a->to_json(ctx, value); }

mesh_string *mesh_json_encode_string(mesh_ctx *ctx, mesh_string *text) {
    return mesh_json_put_string(ctx, mesh_string_reserve(ctx, (size_t)text->len + 2), text);
}

mesh_string *mesh_json_encode_int(mesh_ctx *ctx, int64_t n) { return mesh_int_to_string(ctx, n); }
mesh_string *mesh_json_encode_bool(mesh_ctx *ctx, bool b) { return mesh_string_from_c(ctx, b ? "true" : "false"); }
mesh_obj *mesh_json_from_int(mesh_ctx *ctx, int64_t n) { return &mesh_json_encode_int(ctx, n)->h; }
mesh_obj *mesh_json_from_bool(mesh_ctx *ctx, bool b) { return &mesh_json_encode_bool(ctx, b)->h; }
mesh_obj *mesh_json_from_string(mesh_ctx *ctx, mesh_string *text) { return &mesh_json_encode_string(ctx, text)->h; }

mesh_obj *mesh_json_from_float(mesh_ctx *ctx, double x) {
    char text[MESH_JSON_FLOAT_TEXT];
    return &mesh_string_new(ctx, text, mesh_write_json_float(text, x))->h;
}

/* The text of a member, reached over `count` keys; "" when there is none. */
static mesh_string *member_text(mesh_ctx *ctx, mesh_string *text, mesh_string *const *keys, int count) {
    mesh_string *error, *out = &mesh_empty_string;
    mesh_list *tape = json_parse(ctx, text->data, (size_t)text->len, &error);
    if (tape == NULL) {
        mesh_drop(ctx, error);
        return out;
    }
    json_view v = {text->data, tape->data};
    int64_t pos = 0;
    for (int i = 0; i < count && pos >= 0; i++)
        pos = json_kind_at(v, pos) == JSON_OBJECT ? json_find(ctx, v, pos, keys[i]->data, (size_t)keys[i]->len) : -1;
    if (pos >= 0 && json_kind_at(v, pos) == JSON_STRING) out = json_string_at(ctx, v, pos, text);
    else if (pos >= 0 && json_kind_at(v, pos) != JSON_NULL) out = json_canonical(ctx, mesh_json_buffer(ctx), v, pos);
    mesh_drop(ctx, tape);
    return out;
}

mesh_string *mesh_json_get(mesh_ctx *ctx, mesh_string *text, mesh_string *key) { return member_text(ctx, text, &key, 1); }

mesh_string *mesh_json_get_nested(mesh_ctx *ctx, mesh_string *text, mesh_string *k1, mesh_string *k2) {
    mesh_string *const keys[] = {k1, k2};
    return member_text(ctx, text, keys, 2);
}
