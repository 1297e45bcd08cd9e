// SPDX-License-Identifier: Apache-2.0
// Loads and stores of unaligned words by address, in the machine's order: what Memory.java has.
#ifndef FULLNAT_MEMORY_H
#define FULLNAT_MEMORY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

typedef uint8_t *address;

#define ACCESS(bits)                                              \
    static inline uint##bits##_t get##bits(const uint8_t *at) {   \
        uint##bits##_t value;                                     \
        memcpy(&value, at, sizeof value);                         \
        return value;                                             \
    }                                                             \
    static inline void put##bits(address at, uint##bits##_t value) { \
        memcpy(at, &value, sizeof value);                         \
    }

ACCESS(16)
ACCESS(32)
ACCESS(64)

static inline uint32_t network16(const uint8_t *at) { return __builtin_bswap16(get16(at)); }

static inline uint32_t network32(const uint8_t *at) { return __builtin_bswap32(get32(at)); }

static inline void put_network16(address at, uint32_t value) {
    put16(at, __builtin_bswap16((uint16_t)value));
}

static inline void add64(address at, uint64_t increment) { put64(at, get64(at) + increment); }

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "loop: %s\n", what);
    exit(1);
}

static address blocks[32];
static int block_count;

// Zeroed and touched, aligned to cache lines.
static address allocate(uint64_t bytes) {
    uint64_t whole = (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    address memory = aligned_alloc(CACHE_LINE, whole);
    if (memory == NULL || block_count == (int)(sizeof blocks / sizeof *blocks)) {
        fail("not enough memory");
    }
    memset(memory, 0, whole);
    blocks[block_count++] = memory;
    return memory;
}

static void free_all(void) {
    while (block_count > 0) {
        free(blocks[--block_count]);
    }
}

// One's-complement sums: in which order bytes stand in the words does not matter (RFC 1071).
static inline uint32_t folded(uint64_t sum) {
    sum = (sum & 0xFFFFFFFF) + (sum >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint32_t)((sum & 0xFFFF) + (sum >> 16));
}

static uint64_t sum_of(const uint8_t *at, int length) {
    uint64_t sum = 0;
    for (int i = 0; i < length; i += 2) {
        sum += get16(at + i);
    }
    return sum;
}

#endif
