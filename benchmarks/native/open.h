// SPDX-License-Identifier: Apache-2.0
// Opens connections, and changes what their first answer changes: SlowPath.java (prepare), ConnectionOpener.java,
// ConnectionLife.java, StateTable.java, Rewrite.java (prepare), Forwarder.java (settle).
//
// For UDP. What ends a packet there, or makes it wait, ends the program: the benchmark has no such packets.
#ifndef FULLNAT_OPEN_H
#define FULLNAT_OPEN_H

#include "flow.h"
#include "port.h"

enum { TCP = 6, TYPE_IPV4 = 0x0008, TYPE_VLAN = 0x0081, TTL_STEP = 0xFFFE, UDP_NONE = 11, UDP_ONEWAY, UDP_NORMAL };

static const struct {
    uint32_t seconds;
    int takes_service_timeout;
    int is_active;
} UDP_STATES[] = {{2, 1, 0}, {300, 1, 0}, {300, 1, 1}};

static inline uint64_t key_in(const uint8_t *ip) { return key_of(get32(ip + 20), ip[9]); }

static inline uint32_t state_after(const struct flow *flow, uint32_t direction, uint32_t flags, uint32_t state) {
    return flow->next_state[(direction & 1) << 10 | (flags & 63) << 4 | (state & 15)];
}

// The rows of UDP, which has no use for flags.
static void put_states(struct flow *flow) {
    for (uint32_t at = 0; at < sizeof flow->next_state; at++) {
        uint32_t direction = at >> 10, state = at & 15;
        uint32_t next = direction == OUTBOUND ? UDP_NORMAL : state == UDP_NONE ? UDP_ONEWAY : state;
        if (state >= UDP_NONE && state <= UDP_NORMAL) {
            flow->next_state[at] = (uint8_t)next;
            flow->table.state_and_events[direction << 4 | state] = (uint16_t)((next == state ? 0u : ALWAYS) << 8 | state);
        }
    }
}

static uint32_t timeout_of(const uint8_t *record, uint32_t state) {
    uint32_t idle = get32(record + IDLE);
    return idle > 0 && UDP_STATES[state - UDP_NONE].takes_service_timeout ? idle : UDP_STATES[state - UDP_NONE].seconds;
}

static uint32_t activity(uint32_t state) { return UDP_STATES[state - UDP_NONE].is_active ? ACTIVE : INACTIVE; }

static address server_line(const struct flow *flow, const uint8_t *record) {
    return flow->traffic + get32(record + TRAFFIC);
}

static void begin(struct flow *flow, address record, uint32_t state) {
    start(&flow->table, record, state, timeout_of(record, state), flow->now);
    address server = server_line(flow, record);
    add64(server + OPENED, 1);
    add64(server + activity(state), 1);
    address local = flow->traffic + (SERVER_SLOTS + (uint64_t)get32(record + LOCAL)) * CACHE_LINE;
    uint64_t connections = get64(local + LOCAL_CONNECTIONS) + 1, used = flow->lanes[get32(record + LANE)].used;
    put64(local + LOCAL_CONNECTIONS, connections);
    if (connections > get64(local + LOCAL_HIGH_WATER)) {
        put64(local + LOCAL_HIGH_WATER, connections);
    }
    if (used > get64(local + LOCAL_FULLEST)) {
        put64(local + LOCAL_FULLEST, used);
    }
    add64(flow->created, 1);
}

static void move(struct flow *flow, address record, uint32_t state) {
    uint32_t before = activity(record[STATE]), after = activity(state), timeout = timeout_of(record, state);
    write_state(&flow->table, record, state, timeout);
    if ((int32_t)(deadline_of(flow->now, timeout) - (get32(record + ARMED) - 1)) < 0) {
        fail("a deadline has come nearer");
    }
    if (before != after) {
        add64(server_line(flow, record) + before, UINT64_MAX);
        add64(server_line(flow, record) + after, 1);
    }
}

static uint64_t delta(uint32_t before, uint32_t after) { return (uint64_t)(uint32_t)~before + after; }

static void put_rewrite(address line, uint64_t addresses, uint32_t ports, uint32_t traffic, uint32_t generation) {
    put64(line + NEW_ADDRESSES, addresses << 32 | addresses >> 32);
    put32(line + NEW_PORTS, ports << 16 | ports >> 16);
    put32(line + TRAFFIC, traffic);
    put32(line + GENERATION, generation);
    uint64_t sum = delta(get32(line + ADDRESSES), get32(line + NEW_ADDRESSES)) +
                   delta(get32(line + ADDRESSES + 4), get32(line + NEW_ADDRESSES + 4));
    put32(line + IP_STEP, folded(sum + TTL_STEP) << 16 | 1);
    put16(line + L4_DELTA, (uint16_t)folded(sum + delta(get32(line + PORTS), get32(line + NEW_PORTS))));
}

static address open_connection(struct flow *flow, const uint8_t *ip, uint64_t hash, struct service *service) {
    if (service->denied != 0 || service->allowed != 0 || service->local_count == 0) {
        fail("access rules, or no local address");
    }
    struct server *server = select_server(service);
    uint32_t hop = server_hop(flow, server), number = next_local(service, server), lane = server->lane_ids[number];
    const struct local *local = service->locals + number;
    uint8_t protocol = ip[9];
    uint64_t in = get64(ip + 12), out = pair(server->ip, local->ip);
    uint32_t in_ports = get32(ip + 20);
    uint32_t out_ports = port_word(server->port, choose(flow, flow->lanes + lane, out, server->port, protocol));
    address record = open_record(&flow->table, hash, in, key_of(in_ports, protocol), flow->chosen_hash, out,
        key_of(out_ports, protocol));
    uint32_t traffic = server->slot * CACHE_LINE;
    put_rewrite(record, out, out_ports, traffic, flow->generation);
    put16(record + NEXT_HOP, (uint16_t)hop);
    // The generation is wrong: the route of answers is looked up when it is used.
    put_rewrite(record + LINE_LENGTH, in, in_ports, traffic + DIRECTION_STEP, ~flow->generation);
    put32(record + LANE, lane);
    put32(record + LOCAL, local->slot);
    put32(record + IDLE, service->idle);
    begin(flow, record, state_after(flow, INBOUND, 0, UDP_NONE));
    return record;
}

static int is_unicast(uint32_t ip) {
    uint32_t first = ip >> 24;
    return first != 0 && first != 127 && first < 224;
}

static address accept_flow(struct flow *flow, const uint8_t *l2, const uint8_t *ip, uint64_t hash) {
    if (get16(l2 + 12) == TYPE_VLAN || flow->device < 0 || !is_unicast(network32(ip + 12))) {
        fail("an unknown VLAN, or a bad source");
    }
    struct service *service = service_of(flow, service_key(network32(ip + 16), network16(ip + 22), ip[9]));
    if (service == NULL || ip[9] != UDP) {
        fail("no service, or not UDP");
    }
    return open_connection(flow, ip, hash, service);
}

// Brings a line up to date for a packet: its route, then its state.
static void settle(struct flow *flow, address line, const uint8_t *ip) {
    if (get32(line + GENERATION) != flow->generation) {
        put16(line + NEXT_HOP, (uint16_t)next_hop(flow, __builtin_bswap32(get32(line + NEW_ADDRESSES + 4))));
        put32(line + GENERATION, flow->generation);
    }
    if (network16(ip + 2) > get32(flow->hops + (uint64_t)get16(line + NEXT_HOP) * CACHE_LINE + HOP_LONGEST)) {
        fail("a packet is too long");
    }
    uint32_t direction = line[DIRECTION], state = line[STATE];
    uint32_t next = state_after(flow, direction, ip[9] == TCP ? ip[33] : 0, state);
    if (next != state) {
        move(flow, line - direction * LINE_LENGTH, next);
    }
}

// Makes a plain packet ready to be translated by the line that is returned.
static address prepare(struct flow *flow, const uint8_t *l2, const uint8_t *ip, uint64_t hash, address known) {
    address line = known != NULL ? known : find(&flow->table, hash, get64(ip + 12), key_in(ip));
    if (line == NULL) {
        line = accept_flow(flow, l2, ip, hash);
    }
    settle(flow, line, ip);
    return line;
}

#endif
