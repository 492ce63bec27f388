/* Crypto: hashes and keys by OpenSSL, randomness by the operating system. */
#include "mesh_stdlib.h"
#include "scheduler.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static mesh_string *hex(mesh_ctx *ctx, const unsigned char *bytes, size_t n) {
    static const char digits[] = "0123456789abcdef";
    mesh_string *s = mesh_string_reserve(ctx, 2 * n);
    char *to = (char *)(uintptr_t)s->data;
    for (size_t i = 0; i < n; i++) *to++ = digits[bytes[i] >> 4], *to++ = digits[bytes[i] & 15];
    s->len = (int64_t)(2 * n);
    return s;
}

/* ---- hashes: on the worker's stack, since OpenSSL loads its providers at the first use ----------------------------------- */

typedef struct {
    const char *algorithm;
    const mesh_string *key, *text; /* key NULL: a plain digest */
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;
    bool done;
} hash_job;

static void hash(void *data) {
    hash_job *job = data;
    const EVP_MD *md = EVP_get_digestbyname(job->algorithm);
    if (md == NULL) return;
    const unsigned char *text = (const unsigned char *)job->text->data;
    size_t len = (size_t)job->text->len;
    if (job->key == NULL) job->done = EVP_Digest(text, len, job->digest, &job->len, md, NULL) == 1;
    else job->done = HMAC(md, job->key->data, (int)job->key->len, text, len, job->digest, &job->len) != NULL;
}

static mesh_string *hashed(mesh_ctx *ctx, const char *algorithm, const mesh_string *key, const mesh_string *text) {
    hash_job job = {.algorithm = algorithm, .key = key, .text = text};
    mesh_on_big_stack(ctx, hash, &job);
    if (!job.done) mesh_panic(ctx, "Crypto: %s failed", algorithm);
    return hex(ctx, job.digest, job.len);
}

mesh_string *mesh_crypto_sha256(mesh_ctx *ctx, mesh_string *text) { return hashed(ctx, "SHA256", NULL, text); }
mesh_string *mesh_crypto_sha512(mesh_ctx *ctx, mesh_string *text) { return hashed(ctx, "SHA512", NULL, text); }

mesh_string *mesh_crypto_hmac_sha256(mesh_ctx *ctx, mesh_string *key, mesh_string *message) {
    return hashed(ctx, "SHA256", key, message);
}

mesh_string *mesh_crypto_hmac_sha512(mesh_ctx *ctx, mesh_string *key, mesh_string *message) {
    return hashed(ctx, "SHA512", key, message);
}

static bool same_bytes(const void *a, const void *b, size_t len) {
    const volatile unsigned char *x = a, *y = b;
    unsigned char difference = 0;
    for (size_t i = 0; i < len; i++) difference |= x[i] ^ y[i];
    return difference == 0;
}

bool mesh_crypto_secure_compare(mesh_ctx *ctx, mesh_string *a, mesh_string *b) {
    (void)ctx;
    return a->len == b->len && same_bytes(a->data, b->data, (size_t)a->len);
}

/* ---- randomness --------------------------------------------------------------------------------------------------------------- */

static bool random_bytes(unsigned char *to, size_t n) {
    while (n > 0) {
        ssize_t got = getrandom(to, n, 0);
        if (got < 0 && errno != EINTR) return false;
        if (got > 0) to += got, n -= (size_t)got;
    }
    return true;
}

mesh_string *mesh_crypto_uuid4(mesh_ctx *ctx) {
    unsigned char b[16];
    if (!random_bytes(b, sizeof b)) mesh_panic(ctx, "Crypto.uuid4: no randomness");
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    return mesh_string_format(ctx, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
                              b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

mesh_string *mesh_crypto_random_hex(mesh_ctx *ctx, int64_t n) {
    unsigned char bytes[1024];
    if (n < 1 || n > (int64_t)sizeof bytes) mesh_panic(ctx, "Crypto.random_hex: n must be from 1 to 1024, got %lld", (long long)n);
    if (!random_bytes(bytes, (size_t)n)) mesh_panic(ctx, "Crypto.random_hex: no randomness");
    return hex(ctx, bytes, (size_t)n);
}

/* ---- passwords: scrypt (RFC 7914) in PHC string form, on a thread for blocking work ------------------------------------------- */

enum { LOG_N = 15, BLOCK = 8, PARALLEL = 1, SALT = 16, KEY = 32, SALT_TEXT = 22, KEY_TEXT = 43 };
static const char prefix[] = "$scrypt$ln=15,r=8,p=1$";

typedef struct {
    bool done;
    unsigned char salt[SALT], key[KEY];
    size_t len;
    char password[];
} password_job;

static void derive(void *data) {
    password_job *job = data;
    job->done = EVP_PBE_scrypt(job->password, job->len, job->salt, SALT, (uint64_t)1 << LOG_N, BLOCK, PARALLEL, (uint64_t)64 << 20,
                               job->key, KEY) == 1;
}

static void destroy(void *data) {
    password_job *job = data;
    OPENSSL_cleanse(job->password, job->len);
    free(job);
}

/* NULL when it could not be derived (out of memory, or the caller is asked to end). */
static password_job *derived(mesh_ctx *ctx, const mesh_string *password, const unsigned char *salt) {
    password_job *job = calloc(1, sizeof *job + (size_t)password->len + 1);
    if (job == NULL) return NULL;
    job->len = (size_t)password->len;
    memcpy(job->password, password->data, job->len);
    memcpy(job->salt, salt, SALT);
    if (mesh_run_blocking(ctx, derive, job, destroy) != 0) return NULL;
    if (job->done) return job;
    destroy(job);
    return NULL;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 without padding, as PHC strings want it. */
static void put_base64(char *to, const unsigned char *from, size_t n) {
    unsigned word = 0;
    int bits = 0;
    for (size_t i = 0; i < n; i++) {
        word = word << 8 | from[i];
        for (bits += 8; bits >= 6; bits -= 6) *to++ = alphabet[word >> (bits - 6) & 63];
    }
    if (bits > 0) *to++ = alphabet[word << (6 - bits) & 63];
}

static bool get_base64(unsigned char *to, const char *from, size_t n) {
    unsigned word = 0;
    int bits = 0;
    for (size_t i = 0; i < n; i++) {
        const char *place = from[i] != 0 ? strchr(alphabet, from[i]) : NULL;
        if (place == NULL) return false;
        word = word << 6 | (unsigned)(place - alphabet);
        if ((bits += 6) >= 8) *to++ = (unsigned char)(word >> (bits -= 8));
    }
    return (word & ((1u << bits) - 1)) == 0;
}

mesh_string *mesh_crypto_password_hash(mesh_ctx *ctx, mesh_string *password) {
    unsigned char salt[SALT];
    if (!random_bytes(salt, sizeof salt)) mesh_panic(ctx, "Crypto.password_hash: no randomness");
    password_job *job = derived(ctx, password, salt);
    if (job == NULL) mesh_panic(ctx, "Crypto.password_hash: the hash could not be derived");
    char text[sizeof prefix + SALT_TEXT + 1 + KEY_TEXT];
    memcpy(text, prefix, sizeof prefix - 1);
    put_base64(text + sizeof prefix - 1, job->salt, SALT);
    text[sizeof prefix - 1 + SALT_TEXT] = '$';
    put_base64(text + sizeof prefix + SALT_TEXT, job->key, KEY);
    destroy(job);
    return mesh_string_new(ctx, text, sizeof prefix + SALT_TEXT + KEY_TEXT);
}

bool mesh_crypto_password_verify(mesh_ctx *ctx, mesh_string *password, mesh_string *text) {
    unsigned char salt[SALT], key[KEY];
    size_t start = sizeof prefix - 1;
    if ((size_t)text->len != start + SALT_TEXT + 1 + KEY_TEXT || memcmp(text->data, prefix, start) != 0 ||
        text->data[start + SALT_TEXT] != '$' || !get_base64(salt, text->data + start, SALT_TEXT) ||
        !get_base64(key, text->data + start + SALT_TEXT + 1, KEY_TEXT))
        return false;
    password_job *job = derived(ctx, password, salt);
    if (job == NULL) return false;
    bool same = same_bytes(job->key, key, KEY);
    destroy(job);
    return same;
}
