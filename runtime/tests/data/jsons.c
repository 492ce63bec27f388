#include "check.h"
#include "json.h"
#include "map.h"

static void check_parse(mesh_ctx *ctx, const char *text, const char *result) {
    mesh_string *source = mesh_string_from_c(ctx, text);
    mesh_obj *parsed = mesh_json_parse(ctx, source);
    checks++;
    mesh_string *out = mesh_to_ptr(((mesh_data *)parsed)->slot[0]);
    char copy[1024];
    snprintf(copy, sizeof copy, "%s%.*s", parsed->tag ? "! " : "", (int)out->len, out->data);
    if (strcmp(copy, result) != 0) failures++, printf("JSON %s\n  found    %s\n  expected %s\n", text, copy, result);
    mesh_drop(ctx, source);
    mesh_drop(ctx, parsed);
}

static void check_get(mesh_ctx *ctx, const char *text, const char *k1, const char *k2, const char *result) {
    mesh_string *t = mesh_string_from_c(ctx, text), *a = mesh_string_from_c(ctx, k1), *b = k2 ? mesh_string_from_c(ctx, k2) : NULL;
    mesh_string *r = b ? mesh_json_get_nested(ctx, t, a, b) : mesh_json_get(ctx, t, a);
    CHECK_TEXT(r, result);
    mesh_drop(ctx, t), mesh_drop(ctx, a), mesh_drop(ctx, r);
    if (b) mesh_drop(ctx, b);
}

#define NAME(text) {0, sizeof text - 1, text}
struct names { uint64_t n; struct { uint64_t prefix, len; const char *name; } at[3]; };

static void test_decode(mesh_ctx *ctx) {
    struct names fields = {3, {NAME("alpha"), NAME("a_longer_name"), NAME("z")}}, tags = {2, {NAME("Added"), NAME("Cleared")}};
    for (int i = 0; i < 3; i++) memcpy(&fields.at[i].prefix, fields.at[i].name, fields.at[i].len < 8 ? fields.at[i].len : 8);
    for (int i = 0; i < 2; i++) memcpy(&tags.at[i].prefix, tags.at[i].name, tags.at[i].len < 8 ? tags.at[i].len : 8);

    mesh_string *text = mesh_string_from_c(ctx, "{\"z\":1.9,\"x\":[],\"\\u0061lpha\":\"t\\n\",\"z\":-2.5,\"a_longer_name\":[1,{\"k\":2},3]}");
    mesh_obj *doc = mesh_json_open(ctx, text);
    mesh_list *f = mesh_json_fields(ctx, doc, 0, &fields);
    CHECK(!mesh_json_failed(ctx, doc) && f->len == 3);
    mesh_string *alpha = mesh_json_take_string(ctx, doc, (int64_t)f->data[0]);
    CHECK_TEXT(alpha, "t\n");
    CHECK(mesh_json_array(ctx, doc, (int64_t)f->data[1]) == 3 && mesh_json_take_int(ctx, doc, (int64_t)f->data[2]) == -2);
    int64_t p = mesh_json_first(ctx, doc, (int64_t)f->data[1]);
    CHECK(mesh_json_take_float(ctx, doc, p) == 1.0);
    p = mesh_json_after(ctx, doc, mesh_json_after(ctx, doc, p));
    CHECK(mesh_json_take_int(ctx, doc, p) == 3);
    mesh_string *part = mesh_json_value(ctx, doc, (int64_t)f->data[1]);
    CHECK_TEXT(part, "[1,{\"k\":2},3]");
    CHECK(!mesh_json_take_bool(ctx, doc, p) && mesh_json_failed(ctx, doc));
    mesh_json_take_string(ctx, doc, p); /* the first failure stays */
    mesh_string *error = mesh_json_error(ctx, doc);
    CHECK_TEXT(error, "expected Bool");
    mesh_drop(ctx, error), mesh_drop(ctx, part), mesh_drop(ctx, alpha), mesh_drop(ctx, f), mesh_drop(ctx, doc), mesh_drop(ctx, text);

    static const struct { const char *text; int64_t tag; const char *error; } cases[] = {
        {"{\"tag\":\"Added\",\"fields\":[7,8]}", 0, ""},
        {"{\"fields\":[],\"tag\":\"Cleared\"}", 1, ""},
        {"[]", -1, "expected Object"},
        {"{}", -1, "missing field: tag"},
        {"{\"tag\":1}", -1, "expected String"},
        {"{\"tag\":\"Other\"}", -1, "unknown variant for Move"},
        {"{\"tag\":\"Added\"}", 0, "missing field: fields"},
        {"{\"tag\":\"Added\",\"fields\":{}}", 0, "expected Array"},
        {"{\"tag\":\"Added\",\"fields\":[1]}", 0, "array index 1 out of bounds (length 1)"},
        {"{\"tag\":", -1, "EOF while parsing a value at line 1 column 7"},
    };
    mesh_string *name = mesh_string_from_c(ctx, "Move");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        text = mesh_string_from_c(ctx, cases[i].text);
        doc = mesh_json_open(ctx, text);
        int64_t tag = mesh_json_variant(ctx, doc, 0, &tags, name);
        CHECK(tag == cases[i].tag);
        if (tag == 0) mesh_json_take_int(ctx, doc, mesh_json_payload_at(ctx, doc, 0, 1));
        error = mesh_json_error(ctx, doc);
        CHECK_TEXT(error, cases[i].error);
        mesh_drop(ctx, error), mesh_drop(ctx, doc), mesh_drop(ctx, text);
    }
    mesh_drop(ctx, name);
}

void test_json(void) {
    mesh_ctx *ctx = new_heap();
    static const char *const cases[][2] = {
        {"{\"z\": 1.0, \"a\": [true, null, 2], \"z\": \"é\"}", "{\"a\":[true,null,2],\"z\":\"é\"}"},
        {"[1, 2", "! EOF while parsing a list at line 1 column 5"},
        {"", "! EOF while parsing a value at line 1 column 0"},
        {"{invalid}", "! key must be a string at line 1 column 2"},
        {"1 2", "! trailing characters at line 1 column 3"},
        {"not json", "! expected ident at line 1 column 2"},
        {"nul", "! EOF while parsing a value at line 1 column 3"},
        {"[1,]", "! trailing comma at line 1 column 4"},
        {"{\"a\":1,}", "! trailing comma at line 1 column 8"},
        {"{\"a\" 1}", "! expected `:` at line 1 column 6"},
        {"{\"a\":1 \"b\"}", "! expected `,` or `}` at line 1 column 8"},
        {"[1 2]", "! expected `,` or `]` at line 1 column 4"},
        {"{\"a\":1", "! EOF while parsing an object at line 1 column 6"},
        {"\n\n  x", "! expected value at line 3 column 3"},
        {"\"a\tb\"", "! control character (\\u0000-\\u001F) found while parsing a string at line 1 column 3"},
        {"\"abc", "! EOF while parsing a string at line 1 column 4"},
        {"\"\\x\"", "! invalid escape at line 1 column 3"},
        {"\"\\ud83d\\ude00 \\u00e9\\u0041\\n\\/\"", "\"😀 éA\\n/\""},
        {"\"\\ud83d\"", "! unexpected end of hex escape at line 1 column 8"},
        {"\"\\udc00\"", "! lone leading surrogate in hex escape at line 1 column 7"},
        {"\"\xff\"", "! invalid unicode code point at line 1 column 3"},
        {"\"\xc3\xa9\xe2\x82\xac 12345678 \xf0\x9f\x98\x80 and more text behind it\"",
         "\"\xc3\xa9\xe2\x82\xac 12345678 \xf0\x9f\x98\x80 and more text behind it\""},
        {"01", "! invalid number at line 1 column 2"},
        {"-", "! EOF while parsing a value at line 1 column 1"},
        {"-x", "! invalid number at line 1 column 2"},
        {"1.", "! EOF while parsing a value at line 1 column 2"},
        {"1.x", "! invalid number at line 1 column 3"},
        {"1e", "! EOF while parsing a value at line 1 column 2"},
        {"1e999", "! number out of range at line 1 column 5"},
        {"-0", "-0.0"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775808", "9.223372036854776e+18"},
        {"123456789012345678901234567890", "1.2345678901234568e+29"},
        {"1e2", "100.0"},
        {"[1e-400, 2.5E+1, 0.1]", "[0.0,25.0,0.1]"},
        {" [ ] ", "[]"},
        {"{ }", "{}"},
        {"[[],{},[[]]]", "[[],{},[[]]]"},
        {"{\"b\":{\"d\":1,\"c\":2},\"a\":{\"\\u0062\":1,\"b\":2}}", "{\"a\":{\"b\":2},\"b\":{\"c\":2,\"d\":1}}"},
        {"{\"aa\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"aa\":1}"},
        {"\xef\xbb\xbf[]", "! expected value at line 1 column 1"},
        {"tru", "! EOF while parsing a value at line 1 column 3"},
        {"{\"a\":[1,{\"b\":[]}],\"c\":\"\"}", "{\"a\":[1,{\"b\":[]}],\"c\":\"\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) check_parse(ctx, cases[i][0], cases[i][1]);

    char deep[400];
    for (int levels = 127; levels <= 128; levels++) {
        for (int i = 0; i < levels; i++) deep[i] = '[', deep[levels + i] = ']';
        deep[2 * levels] = 0;
        check_parse(ctx, deep, levels == 127 ? deep : "! recursion limit exceeded at line 1 column 128");
    }

    mesh_string *odd = mesh_string_new(ctx, "\"\\/\b\f\n\r\t\x01\x1f\x7f\0z", 13), *text = mesh_json_encode_string(ctx, odd);
    CHECK_TEXT(text, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000z\"");
    mesh_drop(ctx, odd), mesh_drop(ctx, text);

    check_get(ctx, "{\"n\": 1e2, \"o\": {\"y\": 1, \"x\": null}}", "o", NULL, "{\"x\":null,\"y\":1}");
    check_get(ctx, "{\"n\": 1e2}", "n", NULL, "100.0");
    check_get(ctx, "{\"s\": \"a\\\"b\", \"s2\": null, \"t\": true}", "s", NULL, "a\"b");
    check_get(ctx, "{\"s\": \"a\", \"s2\": null, \"t\": true}", "s2", NULL, "");
    check_get(ctx, "{\"s\": \"a\", \"s2\": null, \"t\": true}", "t", NULL, "true");
    check_get(ctx, "[1]", "t", NULL, "");
    check_get(ctx, "{", "t", NULL, "");
    check_get(ctx, "{\"a\":{\"b\":[1,2]}}", "a", "b", "[1,2]");
    check_get(ctx, "{\"a\":[]}", "a", "b", "");

    mesh_map *map = mesh_map_new(ctx, &mesh_type_string, &mesh_type_int);
    static const char *const keys[] = {"pear", "a", "", "zz", "é", "b", "aa", "k1", "k10", "k2", "k3"};
    for (int i = 0; i < 11; i++)
        map = mesh_map_put(ctx, &mesh_type_string, &mesh_type_int, map, mesh_of_ptr(mesh_string_from_c(ctx, keys[i])), (mesh_value)i);
    mesh_list *order = mesh_json_map_order(ctx, (mesh_obj *)map);
    char found[64] = "";
    for (int64_t i = 0; i < order->len; i++) sprintf(found + strlen(found), "%lld ", (long long)order->data[i]);
    check_c_text(__FILE__, __LINE__, found, "2 1 6 5 7 8 9 10 0 3 4 ");
    mesh_drop(ctx, order), mesh_drop(ctx, map);
    test_decode(ctx);

    /* any bytes give a value or an error: what is accepted is a fixed point */
    static const char *const bits[] = {"{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\"", "1", "-2.5e3", "true", "null", " ", "\\", "\"", "x"};
    uint64_t state = 3;
    for (int round = 0; round < 30000; round++) {
        mesh_string *soup = mesh_string_reserve(ctx, 64);
        for (uint64_t i = next_random(&state) % 12; i > 0; i--) {
            const char *bit = bits[next_random(&state) % 16];
            soup = mesh_string_append(ctx, soup, bit, strlen(bit));
        }
        mesh_obj *parsed = mesh_json_parse(ctx, soup);
        if (parsed->tag == 0) {
            mesh_string *first = mesh_to_ptr(((mesh_data *)parsed)->slot[0]);
            mesh_obj *again = mesh_json_parse(ctx, first);
            CHECK(again->tag == 0 && mesh_string_eq(first, mesh_to_ptr(((mesh_data *)again)->slot[0])));
            mesh_drop(ctx, again);
        }
        mesh_drop(ctx, parsed), mesh_drop(ctx, soup);
    }
    end_heap(ctx);
}
