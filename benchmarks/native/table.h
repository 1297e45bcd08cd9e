// SPDX-License-Identifier: Apache-2.0
// Connections, their index and timers: ConnectionLayout.java, ConnectionIndex.java, ConnectionTable.java,
// TimerWheel.java, and a ring of those not replied to, where Java has the lists of Shares.java. None ends.
#ifndef FULLNAT_TABLE_H
#define FULLNAT_TABLE_H

#include <stdatomic.h>

#include "memory.h"

#ifdef TAGS_SSE2
#include <emmintrin.h>
#endif

// A record: two lines, one for each direction, and one that packets do not touch.
enum {
    INBOUND = 0,
    OUTBOUND = 1,
    RECORD_LENGTH = 192,
    LINE_LENGTH = 64,
    ADDRESSES = 0,
    PORTS = 8,
    PROTOCOL = 12,
    DIRECTION = 13,
    STATE = 14,
    EVENTS = 15,
    ALWAYS = 128,
    NEW_ADDRESSES = 16,
    NEW_PORTS = 24,
    IP_STEP = 28,
    NEXT_HOP = 32,
    L4_DELTA = 34,
    TRAFFIC = 36,
    LAST_SEEN = 40,
    GENERATION = 44,
    PACKETS = 48,
    BYTES = 56,
    TIMER_NEXT = 128,
    TIMER_PREVIOUS = 132,
    ARMED = 136,
    TIMEOUT = 140,
    LANE = 144,
    LOCAL = 148,
    CREATED = 156,
    STAMP = 160,
    IDLE = 164,
    OBSERVABLE = 168
};

// A bucket: ten references, their tags, the count of entries displaced from it. A slot is the place of its reference.
enum { SLOTS = 10, TAGS_OF_TWO = 12, DISPLACED = 28, TAGS_OF_FOUR = 40, TAGS_OF_NEXT_FOUR = 56 };
enum { WORDS_OF_TAGS = TAGS_OF_TWO << 16 | TAGS_OF_NEXT_FOUR << 8 | TAGS_OF_FOUR };
enum { MAX_DISPLACEMENT = 16, TAG_SHIFT = 48, WHEEL_SLOTS = 4096, MIN_QUEUE = 64 };

static const uint64_t KEY_MASK = 0xFFFFFFFFFF;
static const uint64_t EACH = 0x0001000100010001;

struct table {
    address lines; // the first record is always free: where look-ups that found nothing point to
    address buckets;
    uint64_t mask;
    uint64_t seed0;
    uint64_t seed1;
    uint32_t capacity;
    uint32_t fresh; // records that have been in use
    uint32_t size;
    uint32_t stamps;
    address unreplied; // a ring of creation number and record
    uint32_t queue_mask;
    uint32_t queue_head;
    uint32_t queue_tail;
    uint32_t cursor; // the second up to which the wheel was looked at
    uint16_t state_and_events[32];
    address wheel;
};

static inline uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static struct table new_table(uint32_t capacity, uint64_t seed) {
    uint64_t entries = 2ull * capacity, least = (entries + SLOTS / 2 - 1) / (SLOTS / 2), count = 2, queue = MIN_QUEUE;
    while (count < least) {
        count <<= 1;
    }
    while (2 * queue <= capacity) {
        queue <<= 1;
    }
    struct table table = {.capacity = capacity, .mask = (count - 1) * CACHE_LINE, .queue_mask = (uint32_t)queue - 1};
    table.lines = allocate((capacity + 1ull) * RECORD_LENGTH);
    table.buckets = allocate(count * CACHE_LINE);
    table.unreplied = allocate(queue * sizeof(uint64_t));
    table.wheel = allocate(WHEEL_SLOTS * sizeof(uint32_t));
    table.seed0 = mix(seed, 0x9E3779B97F4A7C15);
    table.seed1 = mix(table.seed0, 0xD1B54A32D192ED03);
    return table;
}

static inline uint64_t key_of(uint32_t ports, uint32_t protocol) { return ports | (uint64_t)protocol << 32; }

static inline uint64_t hash_of(const struct table *table, uint64_t addresses, uint64_t key) {
    uint64_t first = mix(addresses ^ table->seed0, key ^ table->seed1);
    return mix(first, 0xA24BAED4963EE407) | 1ull << TAG_SHIFT;
}

static inline address bucket_of(const struct table *table, uint64_t hash) {
    return table->buckets + (hash & table->mask);
}

static inline address line_of(const struct table *table, uint32_t reference) {
    return table->lines + (uint64_t)reference * LINE_LENGTH;
}

static inline uint32_t reference_of(uint32_t id, uint32_t direction) {
    return (id + 1) * (RECORD_LENGTH / LINE_LENGTH) + direction;
}

static inline int has_key(const uint8_t *line, uint64_t addresses, uint64_t key) {
    return get64(line + ADDRESSES) == addresses && (get64(line + PORTS) & KEY_MASK) == key;
}

// The slots of a bucket that have a tag, a bit each, and the slot of the lowest bit.
#ifdef TAGS_SSE2
static inline uint64_t slots_with(const uint8_t *bucket, uint64_t tag) {
    __m128i wanted = _mm_set1_epi16((short)tag);
    __m128i four = _mm_set_epi64x((int64_t)get64(bucket + TAGS_OF_NEXT_FOUR), (int64_t)get64(bucket + TAGS_OF_FOUR));
    __m128i two = _mm_cvtsi32_si128((int)get32(bucket + TAGS_OF_TWO));
    __m128i equal = _mm_packs_epi16(_mm_cmpeq_epi16(four, wanted), _mm_cmpeq_epi16(two, wanted));
    return (uint64_t)_mm_movemask_epi8(equal) & 0x3FF;
}

static inline int slot_of(uint64_t found) {
    int bit = __builtin_ctzll(found);
    return (bit & 3) << 4 | (bit & 12);
}
#else
static inline uint64_t zero_lanes(uint64_t word) { return (word - EACH) & ~word & 0x8000800080008000; }

static inline uint64_t slots_with(const uint8_t *bucket, uint64_t tag) {
    uint64_t wanted = tag * EACH;
    return zero_lanes(get64(bucket + TAGS_OF_FOUR) ^ wanted) >> 15 |
           zero_lanes(get64(bucket + TAGS_OF_NEXT_FOUR) ^ wanted) >> 11 |
           (zero_lanes(get32(bucket + TAGS_OF_TWO) ^ wanted) & 0x80008000) >> 7;
}

static inline int slot_of(uint64_t found) { return __builtin_ctzll(found); }
#endif

// Without a branch: which slot is free cannot be predicted.
static inline address tag_of(address bucket, int slot) {
    return bucket + (WORDS_OF_TAGS >> 2 * (slot & 12) & 0xFF) + (slot >> 4) * 2;
}

static inline address likely_line(const struct table *table, uint64_t hash) {
    const uint8_t *bucket = bucket_of(table, hash);
    uint64_t found = slots_with(bucket, hash >> TAG_SHIFT);
    uint32_t reference = found == 0 ? 0 : get32(bucket + slot_of(found));
    return line_of(table, reference);
}

// Looks into the buckets after the home bucket, too.
static address find(const struct table *table, uint64_t hash, uint64_t addresses, uint64_t key) {
    int further = get16(bucket_of(table, hash) + DISPLACED) == 0 ? 0 : MAX_DISPLACEMENT;
    for (int step = 0; step <= further; step++) {
        const uint8_t *bucket = bucket_of(table, hash + (uint64_t)step * CACHE_LINE);
        for (uint64_t found = slots_with(bucket, hash >> TAG_SHIFT); found != 0; found &= found - 1) {
            uint32_t reference = get32(bucket + slot_of(found));
            if (reference != 0 && has_key(line_of(table, reference), addresses, key)) {
                return line_of(table, reference);
            }
        }
    }
    return NULL;
}

static void insert(struct table *table, uint64_t hash, uint32_t reference) {
    for (int step = 0; step <= MAX_DISPLACEMENT; step++) {
        address bucket = bucket_of(table, hash + (uint64_t)step * CACHE_LINE);
        uint64_t unused = slots_with(bucket, 0);
        if (unused != 0) {
            int slot = slot_of(unused);
            put16(tag_of(bucket, slot), (uint16_t)(hash >> TAG_SHIFT));
            put32(bucket + slot, reference);
            if (step > 0) {
                address home = bucket_of(table, hash) + DISPLACED;
                put16(home, (uint16_t)(get16(home) + 1));
            }
            return;
        }
    }
    fail("no free slot in the index");
}

static inline address head_of(const struct table *table, uint32_t second) {
    return table->wheel + (second & (WHEEL_SLOTS - 1)) * sizeof(uint32_t);
}

static inline uint32_t id_of(const struct table *table, const uint8_t *record) {
    return (uint32_t)((uint64_t)(record - table->lines) / RECORD_LENGTH - 1);
}

static inline uint32_t deadline_of(uint32_t last, uint32_t timeout) { return last + timeout + 1; }

static void arm(struct table *table, uint32_t id, uint32_t deadline) {
    int32_t ahead = (int32_t)(deadline - table->cursor);
    uint32_t second = table->cursor + (uint32_t)(ahead < 1 ? 1 : ahead < WHEEL_SLOTS ? ahead : WHEEL_SLOTS - 1);
    address head = head_of(table, second), record = line_of(table, reference_of(id, INBOUND));
    uint32_t next = get32(head);
    put32(record + TIMER_NEXT, next);
    put32(record + TIMER_PREVIOUS, 0);
    put32(record + ARMED, second + 1);
    if (next != 0) {
        put32(line_of(table, reference_of(next - 1, INBOUND)) + TIMER_PREVIOUS, id + 1);
    }
    put32(head, id + 1);
}

static void put_key(address line, uint64_t addresses, uint64_t key, uint32_t direction) {
    put64(line + ADDRESSES, addresses);
    put64(line + PORTS, key);
    line[DIRECTION] = (uint8_t)direction;
}

static void remember_unreplied(struct table *table, uint32_t id, uint32_t stamp) {
    if (table->queue_tail - table->queue_head > table->queue_mask) {
        table->queue_head++;
    }
    put64(table->unreplied + (uint64_t)(table->queue_tail++ & table->queue_mask) * 8, (uint64_t)stamp << 32 | id);
}

// Opens a connection under two keys; the rest of its record is the caller's to fill.
static address open_record(struct table *table, uint64_t in_hash, uint64_t in_addresses, uint64_t in_key,
    uint64_t out_hash, uint64_t out_addresses, uint64_t out_key) {
    if (table->fresh == table->capacity) {
        fail("the table is full");
    }
    uint32_t id = table->fresh;
    address record = line_of(table, reference_of(id, INBOUND));
    memset(record, 0, RECORD_LENGTH);
    atomic_thread_fence(memory_order_release);
    table->fresh++;
    insert(table, in_hash, reference_of(id, INBOUND));
    insert(table, out_hash, reference_of(id, OUTBOUND));
    put_key(record, in_addresses, in_key, INBOUND);
    put_key(record + LINE_LENGTH, out_addresses, out_key, OUTBOUND);
    uint32_t stamp = ++table->stamps;
    put32(record + STAMP, stamp);
    remember_unreplied(table, id, stamp);
    table->size++;
    return record;
}

static void write_state(const struct table *table, address record, uint32_t state, uint32_t timeout) {
    put16(record + STATE, table->state_and_events[state]);
    put16(record + LINE_LENGTH + STATE, table->state_and_events[OUTBOUND << 4 | state]);
    put32(record + TIMEOUT, timeout);
}

static void start(struct table *table, address record, uint32_t state, uint32_t timeout, uint32_t now) {
    put32(record + CREATED, now);
    put32(record + LAST_SEEN, now);
    put32(record + LINE_LENGTH + LAST_SEEN, now);
    write_state(table, record, state, timeout);
    atomic_thread_fence(memory_order_release);
    uint32_t stamp = get32(record + STAMP);
    put32(record + OBSERVABLE, stamp == 0 ? UINT32_MAX : stamp);
    arm(table, id_of(table, record), deadline_of(now, timeout));
}

#endif
