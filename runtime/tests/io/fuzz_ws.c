/* Fuzz target: WebSocket frames. Read in one piece or byte by byte, the events are the same. */
#include <stdlib.h>
#include <string.h>

#include "ws_frame.h"

static uint64_t read_frames(const unsigned char *bytes, size_t len, size_t step) {
    char *data = malloc(len + 1);
    ws_reader r = {0};
    size_t have = 0, used = 0;
    uint64_t sum = 7;
    int status = 0;
    while (have < len && status >= 0) {
        size_t n = len - have < step ? len - have : step;
        memcpy(data + have, bytes + have, n);
        have += n;
        ws_event e;
        while ((status = ws_read(&r, data, have, &used, &e)) != 0) {
            sum = sum * 31 + (uint64_t)e.opcode * 7 + (uint64_t)e.code + (status < 0);
            for (size_t i = 0; i < e.len; i++) sum = sum * 31 + (unsigned char)e.data[i];
            if (e.opcode == WS_TEXT && !utf8_valid(e.data, e.len)) abort();
            if (status < 0 || e.opcode == WS_CLOSE) break;
        }
        if (status > 0) break;
        if (used > have) abort();
    }
    ws_reader_free(&r);
    free(data);
    return sum;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    if (len > 4096) return 0;
    uint64_t whole = read_frames(bytes, len, len + 1);
    if (read_frames(bytes, len, 1) != whole || read_frames(bytes, len, 7) != whole) abort();
    return 0;
}
