// SPDX-License-Identifier: Apache-2.0
// What the fast path's work costs in C, and that of opening connections: the same layouts, passes and generating port
// as the whole-loop benchmark in Java has (CaseRun.java, LoopNetwork.java), to compare with. It is no balancer: there
// are no control plane, hand-over between workers or ARP, and connections do not end. They are only looked for in the
// timer wheel's present slot, so a run must be over within 300 s.
//
//   loop udp-both|udp-both-no-offload FLOWS ordered|random steady|first ROUNDS MILLIONS
//
// prints nanoseconds of the thread's processor time a packet, a line for each round. Steady: a round is MILLIONS of
// packets of connections that are open and answered. First: a round is the first packet of each flow and its answer,
// through an engine without connections; in order, and MILLIONS do not matter. Checksums of a sample of sent packets
// are checked, and that every packet was forwarded. Variants, chosen by the compiler's -D: PREFETCH, TAGS_SSE2, and
// WITHOUT_ENGINE, which leaves everything out but the port and has no first packets.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <time.h>

#include "fast_path.h"

enum { CONNECTIONS = 1 << 20, WARM_UPS = 1, TIMEOUT_SECONDS = 300 };
enum { RECEIVED, SENT, FORWARDED_IN, FORWARDED_OUT, WAITING, OPEN, CREATED_COUNT, COUNTERS };

static const uint32_t NETWORK = 0xCB007100, FIRST_SERVER = 0xCB00710B, FIRST_LOCAL = 0xCB007164, ROUTER = 0xCB0071FE;
static const uint8_t NEIGHBOUR_MAC[6] = {2, 0, 0, 0, 0, 0x51};

struct worker {
    struct port *port;
    struct fast_path *path;
    struct transmitter *transmitter;
    address counters; // a line each
    uint64_t epoch;
    struct burst *burst;
};

static uint64_t clock_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static address counter(const struct worker *worker, int number) { return worker->counters + number * CACHE_LINE; }

static void add_neighbour(struct flow *flow, uint32_t ip) {
    address hop = flow->hops + flow->hop_count++ * CACHE_LINE;
    memcpy(hop, NEIGHBOUR_MAC, 6);
    memcpy(hop + 6, PORT_MAC, 6);
    put16(hop + 12, TYPE_IPV4);
    put32(hop + HOP_LONGEST, 1500);
    put32(hop + HOP_HEADER_LENGTH, IP);
    put32(hop + HOP_WAY, 0 << KIND_BITS | KIND_IN);
    put32(hop + HOP_ADDRESS, ip);
}

static void add_service(struct flow *flow) {
    struct service *service = (struct service *)(void *)allocate(sizeof *service);
    service->idle = TIMEOUT_SECONDS;
    service->server_count = SERVERS;
    service->local_count = LOCALS;
    for (uint32_t i = 0; i < LOCALS; i++) {
        service->locals[i] = (struct local){.ip = __builtin_bswap32(FIRST_LOCAL + i), .slot = i};
    }
    for (uint32_t i = 0; i < SERVERS; i++) {
        struct server *server = service->servers + i;
        server->ip = __builtin_bswap32(FIRST_SERVER + i);
        server->port = __builtin_bswap16(SERVER_PORT);
        server->weight = 1;
        server->slot = i;
        for (uint32_t local = 0; local < LOCALS; local++) {
            server->lane_ids[local] = i * LOCALS + local;
        }
        add_neighbour(flow, FIRST_SERVER + i);
    }
    uint64_t key = service_key(SERVICE, SERVICE_PORT, UDP);
    flow->service_keys[service_place(key)] = key;
    flow->services[service_place(key)] = service;
}

static void put_flow(struct flow *flow, address created) {
    flow->table = new_table(CONNECTIONS, 42);
    flow->hops = allocate((uint64_t)HOPS * CACHE_LINE);
    flow->traffic = allocate((uint64_t)(SERVER_SLOTS + LOCAL_SLOTS) * CACHE_LINE);
    flow->created = created;
    flow->generation = 1;
    flow->last_hop_key = UINT64_MAX;
    flow->random = 42;
    flow->route_count = ROUTES;
    flow->routes[0] = (struct route){.network = NETWORK, .mask = 0xFFFFFF00};
    flow->routes[1] = (struct route){.network = CLIENTS, .mask = 0xFF000000, .gateway = ROUTER};
    for (int i = 0; i < SERVERS * LOCALS; i++) {
        flow->lanes[i].ahead = -1;
    }
    put_states(flow);
    add_service(flow);
    add_neighbour(flow, ROUTER);
}

#ifndef WITHOUT_ENGINE
static uint32_t expire(struct worker *worker) {
    struct table *table = &worker->path->flow.table;
    while (table->cursor < worker->path->flow.now) {
        if (get32(head_of(table, table->cursor)) != 0) {
            fail("a connection's time has come: the run took too long");
        }
        table->cursor++;
    }
    return get32(head_of(table, table->cursor));
}
#endif

static uint32_t cycle(struct worker *worker) {
    uint64_t now = clock_ns(CLOCK_MONOTONIC) - worker->epoch;
    uint32_t received = port_receive(worker->port, worker->burst);
    worker->path->flow.now = (uint32_t)(now / 1000000000);
    if (received == 0) {
        return 0;
    }
#ifdef WITHOUT_ENGINE
    port_transmit(worker->port, worker->burst);
    return received;
#else
    add64(counter(worker, RECEIVED), received);
    process(worker->path, worker->burst);
    uint32_t work = received + expire(worker) + flush(worker->transmitter);
    put64(counter(worker, WAITING), worker->transmitter->waiting.size);
    put64(counter(worker, OPEN), worker->path->flow.table.size);
    return work;
#endif
}

// All packets were forwarded, and all connections have been answered, after so many requests of so many flows.
static void require_all_forwarded(const struct worker *worker, uint64_t made, uint64_t flows) {
#ifdef WITHOUT_ENGINE
    (void)flows;
#else
    const struct flow *flow = &worker->path->flow;
    uint64_t in = 0, out = 0, opened = 0, active = 0, inactive = 0, local = 0;
    for (int i = 0; i < SERVERS; i++) {
        const uint8_t *line = flow->traffic + i * CACHE_LINE;
        in += get64(line + IN_PACKETS);
        out += get64(line + IN_PACKETS + DIRECTION_STEP);
        opened += get64(line + OPENED);
        active += get64(line + ACTIVE);
        inactive += get64(line + INACTIVE);
    }
    for (int i = 0; i < LOCALS; i++) {
        local += get64(flow->traffic + (SERVER_SLOTS + i) * CACHE_LINE + LOCAL_CONNECTIONS);
    }
    uint64_t sent = get64(counter(worker, FORWARDED_IN)) + get64(counter(worker, FORWARDED_OUT));
    if (in != made || out != made || sent != 2 * made || get64(counter(worker, RECEIVED)) != 2 * made) {
        fail("some packets were not forwarded");
    }
    if (opened != flows || active != flows || inactive != 0 || local != flows || flow->table.size != flows ||
        get64(counter(worker, CREATED_COUNT)) != flows) {
        fail("some connections were not opened or not answered");
    }
#endif
    if (worker->port->received != 2 * made || worker->port->free_count != BUFFERS) {
        fail("some packets were not answered");
    }
}

static struct worker new_worker(uint32_t flows, uint32_t flags) {
    struct worker worker = {.counters = allocate(COUNTERS * CACHE_LINE)};
#ifdef WITHOUT_ENGINE
    worker.port = new_port(flows, flags, SERVICE_PORT); // packets come back as they were made
#else
    worker.port = new_port(flows, flags, SERVER_PORT);
#endif
    worker.burst = (struct burst *)(void *)allocate(sizeof *worker.burst);
    worker.burst->capacity = BURST;
    worker.transmitter = (struct transmitter *)(void *)allocate(sizeof *worker.transmitter);
    worker.transmitter->port = worker.port;
    worker.transmitter->waiting.capacity = TRANSMIT_QUEUE;
    worker.transmitter->sent = counter(&worker, SENT);
    worker.transmitter->outcomes[KIND_IN] = counter(&worker, FORWARDED_IN);
    worker.transmitter->outcomes[KIND_OUT] = counter(&worker, FORWARDED_OUT);
    worker.path = (struct fast_path *)(void *)allocate(sizeof *worker.path);
    memcpy(&worker.path->mac, PORT_MAC, 6);
    worker.path->transmitters[0] = worker.transmitter;
    put_flow(&worker.path->flow, counter(&worker, CREATED_COUNT));
    worker.epoch = clock_ns(CLOCK_MONOTONIC);
    return worker;
}

// Nanoseconds of processor time for so many requests and their answers.
static double run(struct worker *worker, uint64_t requests, int random) {
    worker->port->left = requests;
    worker->port->random = random;
    uint64_t from = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    while (cycle(worker) > 0) {
    }
    return (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - from);
}

// The sum is used, or the compiler would drop the touching loads.
static void end(struct worker *worker) {
    fprintf(stderr, "%llu prepared, touched %llx\n", (unsigned long long)worker->path->prepared,
        (unsigned long long)worker->path->touched);
    free_all();
}

static void measure_first(uint32_t flows, uint32_t flags, uint64_t rounds) {
    for (uint64_t round = 0; round < WARM_UPS + rounds; round++) {
        struct worker worker = new_worker(flows, flags);
        double ns = run(&worker, flows, 0);
        if (round >= WARM_UPS) {
            printf("ns %.3f\n", ns / (2.0 * flows));
        }
        require_all_forwarded(&worker, flows, flows);
        end(&worker);
    }
}

static void measure_steady(uint32_t flows, uint32_t flags, int random, uint64_t rounds, uint64_t requests) {
    struct worker worker = new_worker(flows, flags);
    run(&worker, flows, 0);
    worker.path->prepared = 0;
    for (uint64_t round = 0; round < WARM_UPS + rounds; round++) {
        double ns = run(&worker, requests, random);
        if (round >= WARM_UPS) {
            printf("ns %.3f\n", ns / (double)(2 * requests));
        }
    }
    require_all_forwarded(&worker, flows + (WARM_UPS + rounds) * requests, flows);
    end(&worker);
}

static uint64_t number(const char *text, uint64_t most, const char *name) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != 0 || value < 1 || value > most) {
        fprintf(stderr, "loop: %s must be a number from 1 to %llu, not \"%s\"\n", name, (unsigned long long)most, text);
        exit(2);
    }
    return value;
}

static int choice(const char *text, const char *first, const char *second) {
    if (strcmp(text, first) != 0 && strcmp(text, second) != 0) {
        fprintf(stderr, "loop: \"%s\" is neither %s nor %s\n", text, first, second);
        exit(2);
    }
    return strcmp(text, second) == 0;
}

int main(int count, char **args) {
    if (count != 7) {
        fprintf(stderr, "loop: usage: loop udp-both|udp-both-no-offload FLOWS ordered|random steady|first "
                        "ROUNDS MILLIONS\n");
        return 2;
    }
    uint32_t flags = choice(args[1], "udp-both", "udp-both-no-offload") ? 0 : IP_CHECKSUM_GOOD;
    uint32_t flows = (uint32_t)number(args[2], CONNECTIONS, "FLOWS");
    int random = choice(args[3], "ordered", "random");
    int first = choice(args[4], "steady", "first");
    uint64_t rounds = number(args[5], 1000, "ROUNDS");
    uint64_t requests = number(args[6], 1000, "MILLIONS") * 500000;
#ifdef WITHOUT_ENGINE
    int has_first = 0;
#else
    int has_first = !random;
#endif
    if (first && !has_first) {
        fprintf(stderr, "loop: first packets are ordered, and pass the engine\n");
        return 2;
    }
    if (first) {
        measure_first(flows, flags, rounds);
    } else {
        measure_steady(flows, flags, random, rounds, requests);
    }
    return 0;
}
