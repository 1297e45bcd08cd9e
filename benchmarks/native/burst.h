// SPDX-License-Identifier: Apache-2.0
// Packets on their way, and one worker's way out of a port: PacketBurst.java and Transmitter.java.
#ifndef FULLNAT_BURST_H
#define FULLNAT_BURST_H

#include "memory.h"

enum { BURST = 64, TRANSMIT_QUEUE = 1024, IP_CHECKSUM_GOOD = 1, WORDS = 3 };
enum { KIND_OWN, KIND_IN, KIND_OUT, KIND_ICMP, KIND_BITS = 2, KIND_MASK = (1 << KIND_BITS) - 1 };
enum { COUNT_BITS = 16, COUNT_MASK = (1 << COUNT_BITS) - 1 };

struct burst {
    uint32_t size;
    uint32_t capacity;
    uint64_t words[TRANSMIT_QUEUE * WORDS];
};

static inline void burst_add(struct burst *burst, address buffer, address data, uint32_t length, uint32_t flags) {
    uint64_t *words = burst->words + burst->size * WORDS;
    words[0] = (uint64_t)(uintptr_t)buffer;
    words[1] = (uint64_t)(uintptr_t)data;
    words[2] = length | (uint64_t)flags << 32;
    burst->size++;
}

static inline address buffer_of(const struct burst *burst, uint32_t i) {
    return (address)(uintptr_t)burst->words[i * WORDS];
}

static inline address data_of(const struct burst *burst, uint32_t i) {
    return (address)(uintptr_t)burst->words[i * WORDS + 1];
}

static inline uint32_t length_of(const struct burst *burst, uint32_t i) {
    return (uint32_t)burst->words[i * WORDS + 2];
}

static inline uint32_t flags_of(const struct burst *burst, uint32_t i) {
    return (uint32_t)(burst->words[i * WORDS + 2] >> 32);
}

static inline void burst_set(struct burst *burst, uint32_t i, address data, uint32_t length, uint32_t flags) {
    burst->words[i * WORDS + 1] = (uint64_t)(uintptr_t)data;
    burst->words[i * WORDS + 2] = length | (uint64_t)flags << 32;
}

static inline void burst_append(struct burst *burst, const struct burst *other, uint32_t first, uint32_t count) {
    memcpy(burst->words + burst->size * WORDS, other->words + first * WORDS, count * WORDS * sizeof *burst->words);
    burst->size += count;
}

struct port;
static uint32_t port_transmit(struct port *port, const struct burst *burst);

struct transmitter {
    struct port *port;
    address sent;        // counters, one line each
    address outcomes[4]; // by kind
    uint64_t counts;
    struct burst waiting;
};

static uint32_t flush(struct transmitter *transmitter) {
    uint32_t size = transmitter->waiting.size;
    if (size == 0) {
        return 0;
    }
    if (port_transmit(transmitter->port, &transmitter->waiting) != size) {
        fail("the port took only some packets");
    }
    for (int kind = KIND_IN; kind <= KIND_ICMP; kind++) {
        uint64_t count = transmitter->counts >> (kind * COUNT_BITS) & COUNT_MASK;
        if (count != 0) {
            add64(transmitter->outcomes[kind], count);
        }
    }
    transmitter->counts = 0;
    transmitter->waiting.size = 0;
    add64(transmitter->sent, size);
    return size;
}

// Packets of one way, which is their flags: port and kind.
static inline void transmitter_add_all(
    struct transmitter *transmitter, const struct burst *burst, uint32_t first, uint32_t end) {
    uint32_t count = end - first;
    if (transmitter->waiting.capacity - transmitter->waiting.size < count) {
        flush(transmitter);
    }
    burst_append(&transmitter->waiting, burst, first, count);
    transmitter->counts += (uint64_t)count << ((flags_of(burst, first) & KIND_MASK) * COUNT_BITS);
}

#endif
