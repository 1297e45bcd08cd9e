// SPDX-License-Identifier: Apache-2.0
// Plain packets, a burst at a time, in passes: FastPath.java, Rewrite.java, NextHops.java.
//
// PREFETCH: lines are touched by __builtin_prefetch instead of by loads.
#ifndef FULLNAT_FAST_PATH_H
#define FULLNAT_FAST_PATH_H

#include "open.h"

enum { MIN_UDP = 28, MIN_TCP = 40, MIN_FRAME = 60 };

// What the passes know of a packet: half a cache line each.
struct note {
    address ip;
    uint64_t hash;
    address line;
    uint64_t key;
};

struct fast_path {
    struct flow flow;
    uint64_t mac;
    uint64_t touched;
    uint64_t prepared; // packets of new connections, first answers, entries that are not in their home bucket
    struct transmitter *transmitters[1];
    _Alignas(CACHE_LINE) struct note notes[BURST];
};

static int is_transport_whole(const uint8_t *ip, uint32_t total) {
    if (ip[9] == TCP) {
        uint32_t header = (uint32_t)(ip[32] >> 4) << 2;
        return total >= MIN_TCP && header >= 20 && header <= total - 20;
    }
    uint32_t length = network16(ip + 24);
    return ip[9] == UDP && total >= MIN_UDP && length >= 8 && length <= total - 20;
}

static inline int is_header_sum_right(const uint8_t *ip) {
    uint64_t a = get64(ip), b = get64(ip + 8);
    uint64_t sum = (a & 0xFFFFFFFF) + (a >> 32) + (b & 0xFFFFFFFF) + (b >> 32) + get32(ip + 16);
    sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
    return (sum & 0xFFFF) + (sum >> 16) == 0xFFFF;
}

// The IP header, if every header lies within the packet and is plain, else NULL.
static inline address gate(address l2, uint32_t length, uint32_t flags) {
    if (get16(l2 + 12) != TYPE_IPV4) {
        return NULL;
    }
    address ip = l2 + IP;
    uint32_t total = network16(ip + 2);
    int plain = (get64(ip) & 0xFF3F0000000000FF) == 0x45 && total <= length - IP && ip[8] > 1;
    if (!plain || !is_transport_whole(ip, total)) {
        return NULL;
    }
    return (flags & IP_CHECKSUM_GOOD) != 0 || is_header_sum_right(ip) ? ip : NULL;
}

static inline void parse(struct fast_path *path, const struct burst *burst, uint32_t count) {
    struct note *note = path->notes;
    for (uint32_t i = 0; i < count; i++, note++) {
        address l2 = data_of(burst, i);
        uint32_t length = length_of(burst, i);
        address ip = NULL;
        if (length >= IP + MIN_UDP && (get64(l2) & 0xFFFFFFFFFFFF) == path->mac) {
            ip = gate(l2, length, flags_of(burst, i));
        }
        note->ip = ip;
        note->hash = 0;
        if (ip != NULL) {
            note->key = key_in(ip);
            note->hash = hash_of(&path->flow.table, get64(ip + 12), note->key);
        }
    }
}

static inline void locate(struct fast_path *path, uint32_t count) {
    struct note *notes = path->notes;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
#ifdef PREFETCH
        __builtin_prefetch(bucket_of(&path->flow.table, notes[i].hash));
#else
        sum += get64(bucket_of(&path->flow.table, notes[i].hash));
#endif
    }
    for (uint32_t i = 0; i < count; i++) {
        notes[i].line = likely_line(&path->flow.table, notes[i].hash);
#ifdef PREFETCH
        __builtin_prefetch(notes[i].line);
#endif
    }
#ifndef PREFETCH
    for (uint32_t i = 0; i < count; i++) {
        sum += get64(notes[i].line);
    }
#endif
    path->touched += sum;
}

static inline void rewrite(address line, address ip, uint32_t protocol, uint32_t total, uint32_t now) {
    int64_t lower = (int64_t)get32(ip + 8) - get32(line + IP_STEP);
    lower += (lower >> 63) * 0x10000;
    put64(ip + 8, (uint32_t)lower | (uint64_t)get32(line + NEW_ADDRESSES) << 32);
    put64(ip + 16, get64(line + NEW_ADDRESSES + 4));
    int32_t delta = get16(line + L4_DELTA);
    if (protocol == TCP) {
        int32_t less = get16(ip + 36) - delta;
        put16(ip + 36, (uint16_t)(less + (less >> 31)));
    } else {
        int32_t before = get16(ip + 26), less = before - delta;
        if (before != 0) { // 0: sent without a checksum, and stays so (RFC 768)
            put16(ip + 26, (uint16_t)(less + ((less - 1) >> 31))); // 0xFFFF instead of 0
        }
    }
    put32(line + LAST_SEEN, now);
    add64(line + PACKETS, 1);
    add64(line + BYTES, total);
}

static inline uint32_t padded_length(uint32_t header, uint32_t total, uint32_t available) {
    uint32_t padded = available < MIN_FRAME - header ? available : MIN_FRAME - header;
    return header + (total > padded ? total : padded);
}

static inline address put_header(const uint8_t *hop, address ip, uint32_t length) {
    address l2 = ip - length;
    put64(l2, get64(hop));
    if (length == IP) { // 14 bytes in two words that overlap
        put64(l2 + 6, get64(hop + 6));
    } else {
        put64(l2 + 8, get64(hop + 8));
        put16(l2 + 16, get16(hop + 16));
    }
    return l2;
}

static inline address hop_of(const struct fast_path *path, const uint8_t *line) {
    return path->flow.hops + (uint64_t)get16(line + NEXT_HOP) * CACHE_LINE;
}

static inline void translate(struct fast_path *path, struct burst *burst, uint32_t i, address line, const uint8_t *hop,
    uint32_t total, uint32_t direction, uint32_t now) {
    address ip = path->notes[i].ip;
    rewrite(line, ip, ip[9], total, now);
    address counters = path->flow.traffic + get32(line + TRAFFIC);
    add64(counters + IN_PACKETS, 1);
    add64(counters + IN_BYTES, total);
    uint32_t header = get32(hop + HOP_HEADER_LENGTH);
    uint32_t length = header + total;
    if (length < MIN_FRAME) {
        length = padded_length(header, total, length_of(burst, i) - (uint32_t)(ip - data_of(burst, i)));
    }
    uint32_t way = get32(hop + HOP_WAY) + direction;
    burst_set(burst, i, put_header(hop, ip, header), length, way);
}

static inline int is_connection(const struct note *note) { return has_key(note->line, get64(note->ip + 12), note->key); }

// Translates a packet, if there is nothing to do for its connection first.
static inline int is_translated(
    struct fast_path *path, struct burst *burst, uint32_t i, uint32_t generation, uint32_t now) {
    address ip = path->notes[i].ip, line = path->notes[i].line;
    if (ip == NULL || !is_connection(path->notes + i)) {
        return 0;
    }
    uint32_t total = network16(ip + 2);
    const uint8_t *hop = hop_of(path, line);
    int is_quiet = ((ip[33] | ALWAYS) & line[EVENTS]) == 0;
    int plain = get32(line + GENERATION) == generation && is_quiet && total <= get32(hop + HOP_LONGEST);
    if (plain) {
        translate(path, burst, i, line, hop, total, line[DIRECTION], now);
    }
    return plain;
}

static inline void send_ways(struct fast_path *path, const struct burst *burst, uint32_t first, uint32_t end) {
    for (uint32_t from = first; from < end;) {
        uint32_t way = flags_of(burst, from), to = from + 1;
        while (to < end && flags_of(burst, to) == way) {
            to++;
        }
        transmitter_add_all(path->transmitters[way >> KIND_BITS], burst, from, to);
        from = to;
    }
}

static __attribute__((noinline)) void prepare_and_translate(
    struct fast_path *path, struct burst *burst, uint32_t i, uint32_t now) {
    const struct note *note = path->notes + i;
    if (note->ip == NULL) {
        fail("a packet that cannot be forwarded");
    }
    address known = is_connection(note) ? note->line : NULL;
    address line = prepare(&path->flow, data_of(burst, i), note->ip, note->hash, known);
    translate(path, burst, i, line, hop_of(path, line), network16(note->ip + 2), line[DIRECTION], now);
    path->prepared++;
}

static inline void process(struct fast_path *path, struct burst *burst) {
    uint32_t count = burst->size, generation = path->flow.generation, now = path->flow.now;
    parse(path, burst, count);
    locate(path, count);
    // Java has a loop of its own for the others: its compiler makes better code of that, gcc does not.
    for (uint32_t i = 0; i < count; i++) {
        if (!is_translated(path, burst, i, generation, now)) {
            prepare_and_translate(path, burst, i, now);
        }
    }
    send_ways(path, burst, 0, count);
    path->touched += touch_ahead(&path->flow);
}

#endif
