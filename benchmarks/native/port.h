// SPDX-License-Identifier: Apache-2.0
// A port that makes frames of 60 bytes in receive and turns those for a server round in transmit: LoopQueue.java,
// LoopPool.java, PacketMaker.java, FlowOrder.java.
#ifndef FULLNAT_PORT_H
#define FULLNAT_PORT_H

#include "burst.h"

enum { BUFFERS = 256, BUFFER_LENGTH = 2048, HEADROOM = 128, VERIFY_EACH = 4096, FRAME = 60 };
enum { IP = 14, TOTAL = 46, IP_SUM = 24, SOURCE = 26, DESTINATION = 30, L4 = 34, L4_SUM = 40, UDP = 17 };
enum { FLOW_PORTS = 1 << 14, FIRST_PORT = 1024, SERVICE_PORT = 80, SERVER_PORT = 800 };

static const uint32_t CLIENTS = 0x0A000000, SERVICE = 0xC0000250;
static const uint8_t PORT_MAC[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t CLIENT_MAC[6] = {2, 0, 0, 0, 0, 0xC1};

struct port {
    uint8_t template[64];
    uint32_t ip_sum;
    uint32_t l4_sum;
    uint16_t server_port;
    uint32_t flags;
    uint32_t verify_left;
    uint32_t answers_taken;
    uint32_t answers_made;
    uint32_t free_count;
    address free[BUFFERS];
    address answers[BUFFERS];
    uint64_t left;
    uint64_t received;
    int random;
    uint32_t flows;
    uint32_t next;
    uint64_t state;
};

static uint32_t pseudo_sum(const uint8_t *frame) {
    return folded(sum_of(frame + SOURCE, 8) + (uint32_t)(UDP << 8) + get16(frame + L4 + 4));
}

// Both checksums of a frame. One flow in 65,536 has the sum 0, which says that there is none (RFC 768).
static void verify(const uint8_t *frame) {
    if (folded(sum_of(frame + IP, 20)) != 0xFFFF ||
        (get16(frame + L4_SUM) != 0 && folded(pseudo_sum(frame) + sum_of(frame + L4, TOTAL - 20)) != 0xFFFF)) {
        fail("a wrong checksum in a sent packet");
    }
}

static void put_template(struct port *port) {
    address frame = port->template;
    memcpy(frame, PORT_MAC, 6);
    memcpy(frame + 6, CLIENT_MAC, 6);
    put_network16(frame + 12, 0x0800);
    frame[IP] = 0x45;
    put_network16(frame + IP + 2, TOTAL);
    frame[IP + 8] = 64;
    frame[IP + 9] = UDP;
    put32(frame + SOURCE, __builtin_bswap32(CLIENTS));
    put32(frame + DESTINATION, __builtin_bswap32(SERVICE));
    put_network16(frame + L4 + 2, SERVICE_PORT);
    put_network16(frame + L4 + 4, TOTAL - 20);
    port->ip_sum = __builtin_bswap16((uint16_t)folded(sum_of(frame + IP, 20)));
    port->l4_sum = __builtin_bswap16((uint16_t)folded(pseudo_sum(frame) + sum_of(frame + L4, TOTAL - 20)));
}

static struct port *new_port(uint32_t flows, uint32_t flags, uint32_t server_port) {
    struct port *port = (struct port *)(void *)allocate(sizeof *port);
    put_template(port);
    port->server_port = __builtin_bswap16((uint16_t)server_port);
    port->flags = flags;
    port->verify_left = VERIFY_EACH;
    port->flows = flows;
    port->state = 88172645463325252;
    address memory = allocate((uint64_t)BUFFERS * BUFFER_LENGTH);
    for (uint32_t i = 0; i < BUFFERS; i++) {
        // One line further each, or all first lines would fall into a few sets of the cache.
        port->free[port->free_count++] = memory + (uint64_t)i * BUFFER_LENGTH + i % 16 * CACHE_LINE;
    }
    return port;
}

static inline uint32_t next_flow(struct port *port) {
    port->left--;
    if (!port->random) {
        uint32_t flow = port->next;
        port->next = flow + 1 < port->flows ? flow + 1 : 0;
        return flow;
    }
    uint64_t state = port->state;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    port->state = state;
    return (uint32_t)(((state >> 33) * port->flows) >> 31);
}

static inline void client_of(uint32_t flow, uint32_t *client, uint32_t *client_port) {
    *client = 1 + flow / FLOW_PORTS;
    *client_port = FIRST_PORT + flow % FLOW_PORTS;
}

static inline void make(const struct port *port, uint32_t flow, address frame) {
    for (int i = 0; i < 64; i += 8) {
        put64(frame + i, get64(port->template + i));
    }
    uint32_t client, client_port;
    client_of(flow, &client, &client_port);
    uint32_t added = (client >> 16) + (client & 0xFFFF);
    put32(frame + SOURCE, __builtin_bswap32(CLIENTS | client));
    put_network16(frame + L4, client_port);
    put_network16(frame + IP_SUM, ~folded(port->ip_sum + added));
    put_network16(frame + L4_SUM, ~folded(port->l4_sum + added + client_port));
}

// Swapping source and destination leaves sums as they are.
static inline void answer(address frame) {
    uint32_t low = get32(frame);
    uint16_t high = get16(frame + 4);
    put32(frame, get32(frame + 6));
    put16(frame + 4, get16(frame + 10));
    put32(frame + 6, low);
    put16(frame + 10, high);
    uint64_t pair = get64(frame + SOURCE);
    put64(frame + SOURCE, pair << 32 | pair >> 32);
    uint32_t ports = get32(frame + L4);
    put32(frame + L4, ports << 16 | ports >> 16);
}

static uint32_t port_receive(struct port *port, struct burst *burst) {
    burst->size = 0;
    if (port->answers_taken < port->answers_made) {
        while (port->answers_taken < port->answers_made && burst->size < burst->capacity) {
            address buffer = port->answers[port->answers_taken++];
            burst_add(burst, buffer, buffer + HEADROOM, FRAME, port->flags);
        }
        if (port->answers_taken == port->answers_made) {
            port->answers_taken = 0;
            port->answers_made = 0;
        }
    } else {
        while (port->left > 0 && burst->size < burst->capacity && port->free_count > 0) {
            address buffer = port->free[--port->free_count];
            make(port, next_flow(port), buffer + HEADROOM);
            burst_add(burst, buffer, buffer + HEADROOM, FRAME, port->flags);
        }
    }
    port->received += burst->size;
    return burst->size;
}

static uint32_t port_transmit(struct port *port, const struct burst *burst) {
    uint32_t size = burst->size;
    if (port->verify_left <= size) {
        port->verify_left = VERIFY_EACH;
        verify(data_of(burst, size - 1));
    } else {
        port->verify_left -= size;
    }
    for (uint32_t i = 0; i < size; i++) {
        address data = data_of(burst, i);
        if (get16(data + L4 + 2) == port->server_port) {
            answer(data);
            port->answers[port->answers_made++] = buffer_of(burst, i);
        } else {
            port->free[port->free_count++] = buffer_of(burst, i);
        }
    }
    return size;
}

#endif
