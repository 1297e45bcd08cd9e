// Connections and their index: the layouts of ConnectionLayout.java and ConnectionIndex.java.
#ifndef FULLNAT_TABLE_H
#define FULLNAT_TABLE_H

#include "memory.h"

#ifdef TAGS_SSE2
#include <emmintrin.h>
#endif

// A record: two lines, one for each direction, and one that packets do not touch.
enum {
    RECORD_LENGTH = 192,
    LINE_LENGTH = 64,
    ADDRESSES = 0,
    PORTS = 8,
    PROTOCOL = 12,
    STATE = 13,
    DIRECTION = 14,
    NEW_ADDRESSES = 16,
    NEW_PORTS = 24,
    IP_STEP = 28,
    NEXT_HOP = 32,
    L4_DELTA = 34,
    TRAFFIC = 36,
    LAST_SEEN = 40,
    GENERATION = 44,
    PACKETS = 48,
    BYTES = 56
};

// A bucket: ten references, their tags, the count of entries displaced from it. A slot is the place of its reference.
enum { TAGS_OF_TWO = 12, DISPLACED = 28, TAGS_OF_FOUR = 40, TAGS_OF_NEXT_FOUR = 56 };
enum { MAX_DISPLACEMENT = 16, TAG_SHIFT = 48 };

static const uint64_t KEY_MASK = 0xFFFFFFFFFF;
static const uint64_t EACH = 0x0001000100010001;

struct table {
    address lines; // the first record is always free: where look-ups that found nothing point to
    address buckets;
    uint64_t mask;
    uint64_t seed0;
    uint64_t seed1;
    uint32_t capacity;
    uint32_t used;
};

static inline uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static struct table new_table(uint32_t capacity, uint64_t seed) {
    uint64_t count = 2;
    while (count <= 2ull * capacity / 4 - 1) {
        count <<= 1;
    }
    struct table table = {.capacity = capacity, .mask = (count - 1) * CACHE_LINE};
    table.lines = allocate((capacity + 1ull) * RECORD_LENGTH);
    table.buckets = allocate(count * CACHE_LINE);
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

static inline int has_fields(const uint8_t *line, uint64_t addresses, uint32_t ports, uint8_t protocol) {
    return get64(line + ADDRESSES) == addresses && get32(line + PORTS) == ports && line[PROTOCOL] == protocol;
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

static inline address tag_of(address bucket, int slot) {
    int word = (slot & 12) == 0 ? TAGS_OF_FOUR : (slot & 12) == 4 ? TAGS_OF_NEXT_FOUR : TAGS_OF_TWO;
    return bucket + word + (slot >> 4) * 2;
}

static inline address likely_line(const struct table *table, uint64_t hash) {
    const uint8_t *bucket = bucket_of(table, hash);
    uint64_t found = slots_with(bucket, hash >> TAG_SHIFT);
    uint32_t reference = found == 0 ? 0 : get32(bucket + slot_of(found));
    return line_of(table, reference);
}

// Looks into the buckets after the home bucket, too.
static address find(const struct table *table, uint64_t addresses, uint64_t key) {
    uint64_t hash = hash_of(table, addresses, key);
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

#endif
