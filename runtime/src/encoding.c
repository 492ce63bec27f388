/* Base64 (RFC 4648, sections 4 and 5) and Hex. */
#include "mesh_stdlib.h"
#include "utf8.h"

#include <string.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static mesh_string *encode(mesh_ctx *ctx, mesh_string *text, const char *alphabet, bool pad) {
    size_t len = (size_t)text->len;
    const unsigned char *from = (const unsigned char *)text->data;
    mesh_string *out = mesh_string_reserve(ctx, (len + 2) / 3 * 4);
    char *start = (char *)(uintptr_t)out->data, *to = start;
    for (; len > 0; ) {
        size_t n = len < 3 ? len : 3;
        unsigned word = (unsigned)from[0] << 16 | (n > 1 ? (unsigned)from[1] << 8 : 0) | (n > 2 ? from[2] : 0u);
        for (size_t i = 0; i < 4; i++) {
            if (i <= n) *to++ = alphabet[word >> (18 - 6 * i) & 63];
            else if (pad) *to++ = '=';
        }
        from += n, len -= n;
    }
    out->len = to - start;
    return out;
}

static int value_of(char c, char c62, char c63) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == c62 ? 62 : c == c63 ? 63 : -1;
}

/* Ok of the bytes when they are text. */
static mesh_obj *text_result(mesh_ctx *ctx, mesh_string *bytes) {
    if (utf8_valid(bytes->data, (size_t)bytes->len)) return mesh_ok_ptr(ctx, bytes);
    mesh_drop(ctx, bytes);
    return mesh_err_text(ctx, "invalid utf-8");
}

static mesh_obj *decode(mesh_ctx *ctx, mesh_string *text, const char *alphabet, bool pad) {
    size_t len = (size_t)text->len;
    if (pad && len % 4 == 0)
        for (int i = 0; i < 2 && len > 0 && text->data[len - 1] == '='; i++) len--;
    /* with padding the length was a multiple of 4, so `len` says how much padding there was */
    if (len % 4 == 1) return mesh_err_text(ctx, "invalid base64");
    mesh_string *out = mesh_string_reserve(ctx, len / 4 * 3 + 2);
    unsigned char *to = (unsigned char *)(uintptr_t)out->data;
    unsigned word = 0;
    int bits = 0;
    bool valid = true;
    for (size_t i = 0; i < len; i++) {
        int value = value_of(text->data[i], alphabet[62], alphabet[63]);
        valid &= value >= 0;
        word = word << 6 | ((unsigned)value & 63);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            to[out->len++] = (unsigned char)(word >> bits);
        }
    }
    if (!valid || (word & ((1u << bits) - 1)) != 0) {
        mesh_drop(ctx, out);
        return mesh_err_text(ctx, "invalid base64");
    }
    return text_result(ctx, out);
}

mesh_string *mesh_base64_encode(mesh_ctx *ctx, mesh_string *text) { return encode(ctx, text, standard, true); }
mesh_string *mesh_base64_encode_url(mesh_ctx *ctx, mesh_string *text) { return encode(ctx, text, url_safe, false); }
mesh_obj *mesh_base64_decode(mesh_ctx *ctx, mesh_string *text) { return decode(ctx, text, standard, true); }
mesh_obj *mesh_base64_decode_url(mesh_ctx *ctx, mesh_string *text) { return decode(ctx, text, url_safe, false); }

mesh_string *mesh_hex_encode(mesh_ctx *ctx, mesh_string *text) {
    static const char digits[] = "0123456789abcdef";
    mesh_string *out = mesh_string_reserve(ctx, 2 * (size_t)text->len);
    char *to = (char *)(uintptr_t)out->data;
    for (int64_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    out->len = 2 * text->len;
    return out;
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

mesh_obj *mesh_hex_decode(mesh_ctx *ctx, mesh_string *text) {
    if (text->len % 2 != 0) return mesh_err_text(ctx, "invalid hex");
    mesh_string *out = mesh_string_reserve(ctx, (size_t)text->len / 2);
    char *to = (char *)(uintptr_t)out->data;
    for (int64_t i = 0; i < text->len; i += 2) {
        int high = digit_of(text->data[i]), low = digit_of(text->data[i + 1]);
        if (high < 0 || low < 0) {
            mesh_drop(ctx, out);
            return mesh_err_text(ctx, "invalid hex");
        }
        *to++ = (char)(high << 4 | low);
    }
    out->len = text->len / 2;
    return text_result(ctx, out);
}
