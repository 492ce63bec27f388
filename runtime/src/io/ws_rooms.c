/* Rooms: names to members. A member is a node of both its room and its connection. Locks: the connection's rooms_lock,
 * then the shard of the room's name. */
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "ws_conn.h"
#include "ws_rooms.h"

typedef struct ws_room {
    struct ws_room *next; /* of its bucket */
    struct ws_member **members;
    size_t count, cap;
    uint64_t hash;
    size_t len;
    char name[];
} ws_room;

typedef struct ws_member {
    ws_conn *conn;
    ws_room *room;
    size_t index; /* in room->members */
    struct ws_member *next_in_pairs; /* of its bucket */
    struct ws_member *next, **link;  /* of the connection */
} ws_member;

/* The rooms of one shard, by name, and its memberships, by (room, connection). */
typedef struct room_shard {
    pthread_mutex_t lock;
    ws_room **rooms;
    size_t room_count, room_mask;
    ws_member **pairs;
    size_t pair_count, pair_mask;
} room_shard;

enum { SHARDS = 16, FIRST_SIZE = 16 };

#define SHARD {.lock = PTHREAD_MUTEX_INITIALIZER}
#define FOUR SHARD, SHARD, SHARD, SHARD
static room_shard shards[SHARDS] = {FOUR, FOUR, FOUR, FOUR};

static uint64_t mix(uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return x;
}

static uint64_t hash_name(const char *name, size_t len) {
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char)name[i]) * 0x100000001b3u;
    return mix(h);
}

static uint64_t hash_pair(const ws_room *room, const ws_conn *conn) {
    return mix((uint64_t)(uintptr_t)room * 31 + (uint64_t)(uintptr_t)conn);
}

static void *table(size_t size) {
    void *t = calloc(size, sizeof(void *));
    if (t == NULL) abort();
    return t;
}

static void grow_rooms(room_shard *s) {
    size_t size = s->rooms ? (s->room_mask + 1) * 2 : FIRST_SIZE;
    ws_room **old = s->rooms;
    size_t old_size = old ? s->room_mask + 1 : 0;
    s->rooms = table(size), s->room_mask = size - 1;
    for (size_t i = 0; i < old_size; i++) {
        for (ws_room *r = old[i], *next; r != NULL; r = next) {
            next = r->next;
            ws_room **to = &s->rooms[(r->hash >> 8) & s->room_mask];
            r->next = *to, *to = r;
        }
    }
    free(old);
}

static void grow_pairs(room_shard *s) {
    size_t size = s->pairs ? (s->pair_mask + 1) * 2 : FIRST_SIZE;
    ws_member **old = s->pairs;
    size_t old_size = old ? s->pair_mask + 1 : 0;
    s->pairs = table(size), s->pair_mask = size - 1;
    for (size_t i = 0; i < old_size; i++) {
        for (ws_member *m = old[i], *next; m != NULL; m = next) {
            next = m->next_in_pairs;
            ws_member **to = &s->pairs[hash_pair(m->room, m->conn) & s->pair_mask];
            m->next_in_pairs = *to, *to = m;
        }
    }
    free(old);
}

static ws_room *find_room(room_shard *s, const char *name, size_t len, uint64_t hash) {
    if (s->rooms == NULL) return NULL;
    ws_room *r = s->rooms[(hash >> 8) & s->room_mask];
    while (r != NULL && !(r->hash == hash && r->len == len && memcmp(r->name, name, len) == 0)) r = r->next;
    return r;
}

static ws_member *find_member(room_shard *s, const ws_room *room, const ws_conn *conn) {
    if (s->pairs == NULL) return NULL;
    ws_member *m = s->pairs[hash_pair(room, conn) & s->pair_mask];
    while (m != NULL && !(m->room == room && m->conn == conn)) m = m->next_in_pairs;
    return m;
}

static ws_room *new_room(room_shard *s, const char *name, size_t len, uint64_t hash) {
    if (s->rooms == NULL || s->room_count > s->room_mask) grow_rooms(s);
    ws_room *r = calloc(1, sizeof *r + len);
    if (r == NULL) abort();
    r->hash = hash, r->len = len;
    memcpy(r->name, name, len);
    ws_room **to = &s->rooms[(hash >> 8) & s->room_mask];
    r->next = *to, *to = r;
    s->room_count++;
    return r;
}

static void add_member(room_shard *s, ws_room *r, ws_conn *c) {
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 4;
        r->members = realloc(r->members, r->cap * sizeof *r->members);
        if (r->members == NULL) abort();
    }
    if (s->pairs == NULL || s->pair_count > s->pair_mask) grow_pairs(s);
    ws_member *m = calloc(1, sizeof *m);
    if (m == NULL) abort();
    m->conn = c, m->room = r, m->index = r->count;
    r->members[r->count++] = m;
    ws_member **to = &s->pairs[hash_pair(r, c) & s->pair_mask];
    m->next_in_pairs = *to, *to = m;
    s->pair_count++;
    m->next = c->rooms, m->link = &c->rooms;
    if (m->next) m->next->link = &m->next;
    c->rooms = m;
}

static void remove_member(room_shard *s, ws_member *m) {
    ws_room *r = m->room;
    ws_member *last = r->members[--r->count];
    r->members[m->index] = last;
    last->index = m->index;
    for (ws_member **at = &s->pairs[hash_pair(r, m->conn) & s->pair_mask];; at = &(*at)->next_in_pairs) {
        if (*at == m) {
            *at = m->next_in_pairs;
            break;
        }
    }
    s->pair_count--;
    *m->link = m->next;
    if (m->next) m->next->link = m->link;
    free(m);
    if (r->count == 0) {
        for (ws_room **at = &s->rooms[(r->hash >> 8) & s->room_mask];; at = &(*at)->next) {
            if (*at == r) {
                *at = r->next;
                break;
            }
        }
        s->room_count--;
        free(r->members);
        free(r);
    }
}

static int64_t join_or_leave(int64_t conn, const mesh_string *name, bool join) {
    ws_conn *c = ws_find(conn);
    if (c == NULL) return -1;
    size_t len = (size_t)name->len;
    uint64_t hash = hash_name(name->data, len);
    room_shard *s = &shards[hash % SHARDS];
    pthread_mutex_lock(&c->rooms_lock);
    int64_t result = c->dead ? -1 : 0;
    if (!c->dead) {
        pthread_mutex_lock(&s->lock);
        ws_room *r = find_room(s, name->data, len, hash);
        ws_member *m = r ? find_member(s, r, c) : NULL;
        if (join && m == NULL) add_member(s, r ? r : new_room(s, name->data, len, hash), c);
        else if (!join && m != NULL) remove_member(s, m);
        pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_unlock(&c->rooms_lock);
    ws_release(c);
    return result;
}

int64_t mesh_ws_join(mesh_ctx *ctx, int64_t conn, mesh_string *room) {
    (void)ctx;
    return join_or_leave(conn, room, true);
}

int64_t mesh_ws_leave(mesh_ctx *ctx, int64_t conn, mesh_string *room) {
    (void)ctx;
    return join_or_leave(conn, room, false);
}

void ws_leave_all(ws_conn *c) {
    pthread_mutex_lock(&c->rooms_lock);
    c->dead = true;
    while (c->rooms != NULL) {
        room_shard *s = &shards[c->rooms->room->hash % SHARDS];
        pthread_mutex_lock(&s->lock);
        remove_member(s, c->rooms);
        pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_unlock(&c->rooms_lock);
}

int64_t ws_deliver(const char *name, size_t len, const char *text, size_t size, int64_t except) {
    uint64_t hash = hash_name(name, len);
    room_shard *s = &shards[hash % SHARDS];
    ws_conn *few[128], **members = few;
    size_t count = 0;
    pthread_mutex_lock(&s->lock);
    ws_room *r = find_room(s, name, len, hash);
    if (r != NULL) {
        if (r->count > sizeof few / sizeof *few) members = malloc(r->count * sizeof *members);
        for (; members != NULL && count < r->count; count++) {
            members[count] = r->members[count]->conn;
            ws_retain(members[count]);
        }
    }
    pthread_mutex_unlock(&s->lock);
    int64_t failures = 0;
    ws_buffer *b = count > 0 ? ws_buffer_new(WS_TEXT, text, size) : NULL;
    for (size_t i = 0; i < count; i++) {
        bool skipped = members[i]->handle.id == except;
        if (!skipped && (b == NULL || ws_enqueue(members[i], b, WS_QUEUE_BYTES, WS_QUEUE_FRAMES) == WS_FULL)) failures++;
        ws_release(members[i]);
    }
    if (b != NULL) ws_buffer_release(b);
    if (members != few) free(members);
    return failures;
}

void (*ws_publish)(const char *room, size_t room_len, const char *text, size_t len);

static int64_t broadcast(const mesh_string *room, const mesh_string *text, int64_t except) {
    if (!utf8_valid(text->data, (size_t)text->len)) return -1;
    int64_t failures = ws_deliver(room->data, (size_t)room->len, text->data, (size_t)text->len, except);
    if (ws_publish != NULL) ws_publish(room->data, (size_t)room->len, text->data, (size_t)text->len);
    return failures;
}

int64_t mesh_ws_broadcast(mesh_ctx *ctx, mesh_string *room, mesh_string *text) {
    (void)ctx;
    return broadcast(room, text, 0);
}

int64_t mesh_ws_broadcast_except(mesh_ctx *ctx, mesh_string *room, mesh_string *text, int64_t conn) {
    (void)ctx;
    return broadcast(room, text, conn);
}
