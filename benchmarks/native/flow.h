// SPDX-License-Identifier: Apache-2.0
// What the connections of a worker refer to, and what is chosen for a new one: FlowContext.java, ServiceMap.java,
// ServiceEntry.java, ServerEntry.java, RoundRobin.java, LocalPorts.java, Touches.java, NetworkView.java,
// RouteTable.java, NextHops.java, TrafficTable.java.
//
// There is one worker, whose ports are all its own, and no bitmap of a crowded lane: with a million connections over
// 256 lanes one port in sixteen is in use.
#ifndef FULLNAT_FLOW_H
#define FULLNAT_FLOW_H

#include "burst.h"
#include "table.h"

enum { HOP_LONGEST = 20, HOP_HEADER_LENGTH = 24, HOP_WAY = 28, HOP_ADDRESS = 40, HOP_DEVICE = 44, HOPS = 8192 };
enum { OPENED = 0, IN_PACKETS = 8, IN_BYTES = 16, DIRECTION_STEP = 16, ACTIVE = 40, INACTIVE = 48 };
enum { LOCAL_CONNECTIONS = 0, LOCAL_HIGH_WATER = 16, LOCAL_FULLEST = 24, SERVER_SLOTS = 1024, LOCAL_SLOTS = 1024 };
enum { FIRST_LOCAL_PORT = 1025, LOCAL_PORTS = 64511, RANDOM_TRIES = 8 };
enum { SERVERS = 4, LOCALS = 64, ROUTES = 2, SERVICE_BITS = 3, SERVICE_PLACES = 1 << SERVICE_BITS };
enum { FLAGS = 64, STATES = 16 };

struct lane {
    uint32_t used;
    int32_t ahead; // the place of the port drawn for the next connection, or -1
};

// Addresses and ports of servers and local addresses are as in a packet, those of routes are in host order.
struct server {
    uint32_t ip;
    uint16_t port;
    uint32_t weight;
    uint32_t slot;
    uint32_t cursor;
    uint32_t hop;
    uint32_t hop_generation;
    int is_hop_known;
    uint32_t lane_ids[LOCALS];
};

struct local {
    uint32_t ip;
    uint32_t slot;
};

struct service {
    uint32_t denied; // how many lengths of prefixes the access rules have
    uint32_t allowed;
    uint32_t idle;
    uint32_t next;
    uint32_t server_count;
    uint32_t local_count;
    struct server servers[SERVERS];
    struct local locals[LOCALS];
};

struct route {
    uint32_t network;
    uint32_t mask;
    uint32_t gateway;
    uint32_t device;
};

// The connections of a worker and what they refer to: FlowContext.java, NetworkView.java.
struct flow {
    struct table table;
    address hops;
    address traffic;
    address created;
    uint32_t generation;
    uint32_t now;
    int32_t device; // of frames without a tag, or -1
    uint32_t route_count;
    uint32_t hop_count;
    uint32_t last_hop;
    uint64_t last_hop_key;
    uint64_t random;
    uint64_t chosen_hash;
    uint64_t service_keys[SERVICE_PLACES];
    struct service *services[SERVICE_PLACES];
    struct route routes[ROUTES]; // the longest prefix first
    struct lane lanes[SERVERS * LOCALS];
    uint32_t touch_count; // one for each packet of a burst at the most
    address touches[BURST];
    uint8_t next_state[2 * FLAGS * STATES];
};

static inline uint64_t pair(uint32_t source, uint32_t destination) { return source | (uint64_t)destination << 32; }

static uint32_t next_hop(struct flow *flow, uint32_t destination) {
    const struct route *route = flow->routes, *end = route + flow->route_count;
    while (route < end && (destination & route->mask) != route->network) {
        route++;
    }
    if (route == end) {
        fail("no route");
    }
    uint32_t neighbour = route->gateway == 0 ? destination : route->gateway;
    uint64_t key = (uint64_t)route->device << 32 | neighbour;
    if (key == flow->last_hop_key) { // most often the same gateway as before
        return flow->last_hop;
    }
    for (uint32_t i = 0; i < flow->hop_count; i++) {
        const uint8_t *hop = flow->hops + (uint64_t)i * CACHE_LINE;
        if (get32(hop + HOP_ADDRESS) == neighbour && get32(hop + HOP_DEVICE) == route->device) {
            flow->last_hop_key = key;
            flow->last_hop = i;
            return i;
        }
    }
    fail("an unknown neighbour");
}

static inline uint32_t port_word(uint16_t server_port, uint32_t place) {
    return server_port | (uint32_t)__builtin_bswap16((uint16_t)(FIRST_LOCAL_PORT + place)) << 16;
}

static inline uint32_t random_place(struct flow *flow) {
    uint64_t random = flow->random;
    random ^= random >> 12;
    random ^= random << 25;
    random ^= random >> 27;
    flow->random = random;
    return (uint32_t)((((random * 0x2545F4914F6CDD1D) >> 32) * LOCAL_PORTS) >> 32);
}

// Loads what the next connections will look at: the misses of a burst at once.
static inline uint64_t touch_ahead(struct flow *flow) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < flow->touch_count; i++) {
        sum += get64(flow->touches[i]);
    }
    flow->touch_count = 0;
    return sum;
}

// Draws the port of the lane's next connection.
static inline void draw_ahead(
    struct flow *flow, struct lane *lane, uint64_t addresses, uint16_t port, uint8_t protocol) {
    uint32_t place = random_place(flow);
    lane->ahead = (int32_t)place;
    uint64_t hash = hash_of(&flow->table, addresses, key_of(port_word(port, place), protocol));
#ifdef PREFETCH
    __builtin_prefetch(bucket_of(&flow->table, hash));
#else
    flow->touches[flow->touch_count++] = bucket_of(&flow->table, hash);
#endif
}

static int is_free(struct flow *flow, uint32_t place, uint64_t addresses, uint16_t port, uint8_t protocol) {
    uint64_t key = key_of(port_word(port, place), protocol);
    flow->chosen_hash = hash_of(&flow->table, addresses, key);
    return find(&flow->table, flow->chosen_hash, addresses, key) == NULL;
}

// The place of a port that no connection has; the hash of its key stays in the flow.
static uint32_t choose(struct flow *flow, struct lane *lane, uint64_t addresses, uint16_t port, uint8_t protocol) {
    if (lane->used >= LOCAL_PORTS) {
        fail("no local port is left");
    }
    uint32_t place = (uint32_t)lane->ahead;
    if (lane->ahead < 0 || !is_free(flow, place, addresses, port, protocol)) {
        int tries = 0;
        do {
            if (tries++ == RANDOM_TRIES) {
                fail("no free local port was found");
            }
            place = random_place(flow);
        } while (!is_free(flow, place, addresses, port, protocol));
    }
    lane->used++;
    draw_ahead(flow, lane, addresses, port, protocol);
    return place;
}

static inline uint32_t service_place(uint64_t key) {
    return (uint32_t)(key * 0x9E3779B97F4A7C15 >> (64 - SERVICE_BITS));
}

static inline uint64_t service_key(uint32_t ip, uint32_t port, uint8_t protocol) {
    return (uint64_t)ip << 24 | port << 8 | protocol;
}

static struct service *service_of(const struct flow *flow, uint64_t key) {
    uint32_t place = service_place(key);
    while (flow->services[place] != NULL && flow->service_keys[place] != key) {
        place = (place + 1) % SERVICE_PLACES;
    }
    return flow->services[place];
}

static struct server *select_server(struct service *service) {
    for (uint32_t i = 0; i < service->server_count; i++) {
        struct server *server = service->servers + service->next;
        service->next = service->next + 1 == service->server_count ? 0 : service->next + 1;
        if (server->weight > 0) {
            return server;
        }
    }
    fail("no real server");
}

static uint32_t server_hop(struct flow *flow, struct server *server) {
    if (!server->is_hop_known || server->hop_generation != flow->generation) {
        server->hop = next_hop(flow, __builtin_bswap32(server->ip));
        server->hop_generation = flow->generation;
        server->is_hop_known = 1;
    }
    return server->hop;
}

static uint32_t next_local(const struct service *service, struct server *server) {
    uint32_t local = server->cursor < service->local_count ? server->cursor : 0;
    server->cursor = local + 1;
    return local;
}

#endif
