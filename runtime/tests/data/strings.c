#include "check.h"
#include "number.h"

static void check_float(double x, const char *text, const char *json) {
    char copy[MESH_FLOAT_TEXT + 1];
    copy[mesh_write_float(copy, x)] = 0;
    check_c_text(__FILE__, __LINE__, copy, text);
    copy[mesh_write_json_float(copy, x)] = 0;
    check_c_text(__FILE__, __LINE__, copy, json);
}

void test_numbers(void) {
    static const struct { double x; const char *text, *json; } cases[] = {
        {1.0, "1", "1.0"},
        {-0.0, "-0", "-0.0"},
        {2.5, "2.5", "2.5"},
        {1e16, "10000000000000000", "1e+16"},
        {1e15, "1000000000000000", "1000000000000000.0"},
        {12345678901234567890.0, "12345678901234567000", "1.2345678901234567e+19"},
        {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
        {1.0 / 3.0, "0.3333333333333333", "0.3333333333333333"},
        {1e21, "1000000000000000000000", "1e+21"},
        {1e-7, "0.0000001", "1e-7"},
        {0.00001, "0.00001", "0.00001"},
        {1.5e300, NULL, "1.5e+300"},
        {9.5367431640625e-07, "0.00000095367431640625", "9.5367431640625e-7"},
        {9007199254740993.0, "9007199254740992", "9007199254740992.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char copy[MESH_FLOAT_TEXT + 1];
        if (cases[i].text != NULL) check_float(cases[i].x, cases[i].text, cases[i].json);
        size_t n = mesh_write_json_float(copy, cases[i].x < 0 || 1 / cases[i].x < 0 ? -cases[i].x : cases[i].x);
        CHECK(mesh_read_decimal(copy, n) == (cases[i].x < 0 ? -cases[i].x : cases[i].x));
    }
    check_float(__builtin_inf(), "inf", "null");
    check_float(-__builtin_inf(), "-inf", "null");
    check_float(__builtin_nan(""), "NaN", "null");
    char copy[MESH_FLOAT_TEXT];
    CHECK(mesh_write_float(copy, 1.7976931348623157e308) == 309);
    CHECK(mesh_write_float(copy, -5e-324) == 3 + 323 + 1);
    uint64_t state = 1;
    for (int i = 0; i < 20000; i++) { /* every finite double reads back */
        uint64_t bits = next_random(&state) & ~((uint64_t)1 << 63);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (x - x != 0) continue;
        char text[MESH_JSON_FLOAT_TEXT];
        size_t n = mesh_write_json_float(text, x);
        CHECK(n <= MESH_JSON_FLOAT_TEXT && mesh_read_decimal(text, n) == x);
    }
    CHECK(mesh_write_int(copy, INT64_MIN) == 20 && memcmp(copy, "-9223372036854775808", 20) == 0);
}

static mesh_string *s(mesh_ctx *ctx, const char *text) { return mesh_string_from_c(ctx, text); }

static void check_list(mesh_ctx *ctx, mesh_list *list, const char *joined) {
    mesh_string *separator = s(ctx, "|"), *text = mesh_string_join(ctx, list, separator);
    CHECK_TEXT(text, joined);
    mesh_drop(ctx, text);
    mesh_drop(ctx, list);
}

static void check_replace(mesh_ctx *ctx, const char *text, const char *from, const char *to, const char *result) {
    mesh_string *a = s(ctx, text), *b = s(ctx, from), *c = s(ctx, to), *r = mesh_string_replace(ctx, a, b, c);
    CHECK_TEXT(r, result);
    mesh_drop(ctx, a), mesh_drop(ctx, b), mesh_drop(ctx, c), mesh_drop(ctx, r);
}

static void check_split(mesh_ctx *ctx, const char *text, const char *by, const char *result) {
    mesh_string *a = s(ctx, text), *b = s(ctx, by);
    check_list(ctx, mesh_string_split(ctx, a, b), result);
    mesh_drop(ctx, a), mesh_drop(ctx, b);
}

static void check_slice(mesh_ctx *ctx, const char *text, int64_t start, int64_t stop, const char *result) {
    mesh_string *a = s(ctx, text), *r = mesh_string_slice(ctx, a, start, stop);
    CHECK_TEXT(r, result);
    mesh_drop(ctx, a), mesh_drop(ctx, r);
}

static void check_case(mesh_ctx *ctx, const char *text, const char *upper, const char *lower) {
    mesh_string *a = s(ctx, text), *u = mesh_string_to_upper(ctx, a), *l = mesh_string_to_lower(ctx, a);
    CHECK_TEXT(u, upper);
    CHECK_TEXT(l, lower);
    mesh_drop(ctx, a), mesh_drop(ctx, u), mesh_drop(ctx, l);
}

static void check_int(mesh_ctx *ctx, const char *text, const char *result) {
    mesh_string *a = s(ctx, text);
    mesh_obj *o = mesh_string_to_int(ctx, a);
    mesh_string *r = o->tag == 1 ? s(ctx, "none") : mesh_int_to_string(ctx, (int64_t)((mesh_data *)o)->slot[0]);
    CHECK_TEXT(r, result);
    mesh_drop(ctx, a), mesh_drop(ctx, o), mesh_drop(ctx, r);
}

mesh_string *mesh_float_to_string(mesh_ctx *ctx, double x);

static void check_to_float(mesh_ctx *ctx, const char *text, const char *result) {
    mesh_string *a = s(ctx, text);
    mesh_obj *o = mesh_string_to_float(ctx, a);
    mesh_string *r = o->tag == 1 ? s(ctx, "none") : mesh_float_to_string(ctx, mesh_to_float(((mesh_data *)o)->slot[0]));
    CHECK_TEXT(r, result);
    mesh_drop(ctx, a), mesh_drop(ctx, o), mesh_drop(ctx, r);
}

static void test_append(mesh_ctx *ctx) {
    /* 100,000 appends, small and shared bytes: in place, and right at every length */
    mesh_string *text = s(ctx, "");
    for (int i = 0; i < 100000; i++) {
        char c = (char)('a' + i % 26);
        text = mesh_string_append(ctx, text, &c, 1);
    }
    CHECK(text->len == 100000);
    bool right = true;
    for (int i = 0; i < 100000; i++) right &= text->data[i] == 'a' + i % 26;
    CHECK(right);
    mesh_string *kept = mesh_dup(text); /* shared now: the next append copies */
    text = mesh_string_append(ctx, text, "!", 1);
    CHECK(kept->len == 100000 && text->len == 100001 && text != kept && text->data[100000] == '!');
    mesh_string *part = mesh_string_part(ctx, text, 10, 50000); /* shares the bytes */
    mesh_drop(ctx, kept);
    text = mesh_string_append(ctx, text, "?", 1);
    CHECK(part->len == 50000 && part->data[0] == 'a' + 10);
    mesh_drop(ctx, text);
    part = mesh_string_append(ctx, part, "#", 1);
    CHECK(part->len == 50001 && part->data[49999] == 'a' + 50009 % 26);
    mesh_drop(ctx, part);
}

void test_strings(void) {
    mesh_ctx *ctx = new_heap();
    test_append(ctx);
    check_slice(ctx, "crème", -3, 3, "crè");
    check_slice(ctx, "crème", 4, 99, "e");
    check_slice(ctx, "mesh", 1, 3, "es");
    check_slice(ctx, "mesh", 3, 1, "");
    check_slice(ctx, "", 0, 5, "");
    check_slice(ctx, "a", INT64_MIN, INT64_MAX, "a");
    check_slice(ctx, "héé", INT64_MIN, INT64_MAX, "héé");
    check_split(ctx, ",a,", ",", "|a|");
    check_split(ctx, "", ",", "");
    check_split(ctx, "a", ",", "a");
    check_split(ctx, "aaa", "aa", "|a");
    check_split(ctx, "abc", "", "|a|b|c|");
    check_split(ctx, "", "", "|");
    check_split(ctx, "a--b-", "-", "a||b|");
    check_replace(ctx, "aaa", "aa", "b", "ba");
    check_replace(ctx, "abc", "", "-", "-a-b-c-");
    check_replace(ctx, "", "", "x", "x");
    check_replace(ctx, "banana", "an", "AN", "bANANa");
    check_replace(ctx, "banana", "x", "AN", "banana");
    check_case(ctx, "straße", "STRASSE", "straße");
    check_case(ctx, "ﬁ", "FI", "ﬁ");
    check_case(ctx, "İ", "İ", "i̇");
    check_case(ctx, "ΑΣ ΑΣΑ Σ ΑΣ.", "ΑΣ ΑΣΑ Σ ΑΣ.", "ας ασα σ ας.");
    check_case(ctx, "Mesh 123 äÖ", "MESH 123 ÄÖ", "mesh 123 äö");
    check_int(ctx, " +12 ", "12");
    check_int(ctx, "007", "7");
    check_int(ctx, "-9223372036854775808", "-9223372036854775808");
    check_int(ctx, "9223372036854775807", "9223372036854775807");
    static const char *const no_ints[] = {"", "-", "0x10", "1_000", "3.0", "1e3", "- 1", "٣", "9223372036854775808",
                                          "-9223372036854775809", "12x", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof no_ints / sizeof no_ints[0]; i++) check_int(ctx, no_ints[i], "none");
    check_to_float(ctx, " .5", "0.5");
    check_to_float(ctx, "5.", "5");
    check_to_float(ctx, "1e400", "inf");
    check_to_float(ctx, "-Infinity", "-inf");
    check_to_float(ctx, "+nan", "NaN");
    check_to_float(ctx, "1e-400", "0");
    check_to_float(ctx, "123456789012345678901234567890", "123456789012345680000000000000");
    static const char *const no_floats[] = {"", ".", "e5", "1e", "1_0", "0x1p3", "1,5", "inft", "1e+", "--1"};
    for (size_t i = 0; i < sizeof no_floats / sizeof no_floats[0]; i++) check_to_float(ctx, no_floats[i], "none");
    mesh_string *spaced = s(ctx, " \t\xe2\x80\x83x y\xc2\xa0\n"), *trimmed = mesh_string_trim(ctx, spaced);
    CHECK_TEXT(trimmed, "x y");
    mesh_string *all = s(ctx, " \xe3\x80\x80 "), *none = mesh_string_trim(ctx, all);
    CHECK_TEXT(none, "");
    mesh_string *emoji = s(ctx, "h\xc3\xa9\xf0\x9f\x98\x80");
    CHECK(mesh_string_length(ctx, emoji) == 3 && mesh_string_byte_length(ctx, emoji) == 7);
    CHECK(mesh_hash_string(ctx, s(ctx, "")) == -3750763034362895579);
    mesh_string *abc = s(ctx, "abc");
    CHECK(mesh_hash_string(ctx, abc) == -1792535898324117685);
    CHECK(mesh_hash_int(ctx, 42) == -55488592825689361 && mesh_hash_bool(ctx, true) == -5808592057526012372);
    CHECK(mesh_hash_combine(ctx, mesh_hash_int(ctx, 1), mesh_hash_int(ctx, 2)) == 2814214074664713915);
    mesh_drop(ctx, spaced), mesh_drop(ctx, trimmed), mesh_drop(ctx, all), mesh_drop(ctx, none), mesh_drop(ctx, emoji);
    mesh_drop(ctx, abc);
    end_heap(ctx);
}
