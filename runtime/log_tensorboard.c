/* log_tensorboard.c: records of a TensorBoard event file: length, its checksum, an Event message in
   protocol buffer form, its checksum. The checksum is CRC-32C, rotated and shifted ("masked"). */
#define _GNU_SOURCE /* clock_gettime */
#include "runtime/log.h"

#include <string.h>
#include <time.h>

static uint32_t crc32c(const char *at, int64_t n) {
    uint32_t crc = 0xffffffff;
    for (int64_t i = 0; i < n; i++) {
        crc ^= (unsigned char)at[i];
        for (int k = 0; k < 8; k++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void put_le(TgText *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        char byte = (char)(value >> (8 * i));
        tg_text_put(to, &byte, 1);
    }
}

static void put_masked(TgText *to, const char *at, int64_t n) {
    uint32_t crc = crc32c(at, n);
    put_le(to, (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8), 4);
}

static void put_varint(TgText *to, uint64_t value) {
    for (; value >= 128; value >>= 7) put_le(to, (value & 127) | 128, 1);
    put_le(to, value, 1);
}

static void put_block(TgText *to, int field, const char *at, int64_t n) {
    put_varint(to, (uint64_t)field << 3 | 2);
    put_varint(to, (uint64_t)n);
    tg_text_put(to, at, n);
}

/* Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; } */
static void put_event(TgText *to, int64_t step, int field, const char *content, int64_t n) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    uint64_t bits;
    memcpy(&bits, &seconds, sizeof bits);
    TgText event = {0};
    put_varint(&event, 1 << 3 | 1);
    put_le(&event, bits, 8);
    if (step) {
        put_varint(&event, 2 << 3 | 0);
        put_varint(&event, (uint64_t)step);
    }
    put_block(&event, field, content, n);
    int64_t from = to->n;
    put_le(to, (uint64_t)event.n, 8);
    put_masked(to, to->at + from, 8);
    tg_text_put(to, event.at, event.n);
    put_masked(to, event.at, event.n);
    tg_text_free(&event);
}

void tensorboard_begin(TgText *to) {
    put_event(to, 0, 3, "brain.Event:2", 13);
}

/* Summary { repeated Value value = 1; }  Value { string tag = 1; float simple_value = 2; } */
void tensorboard_scalar(TgText *to, const char *tag, int64_t step, double value) {
    float f = (float)value;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    TgText item = {0}, summary = {0};
    put_block(&item, 1, tag, (int64_t)strlen(tag));
    put_varint(&item, 2 << 3 | 5);
    put_le(&item, bits, 4);
    put_block(&summary, 1, item.at, item.n);
    put_event(to, step, 5, summary.at, summary.n);
    tg_text_free(&item);
    tg_text_free(&summary);
}
