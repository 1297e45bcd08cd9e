// What the fast path's work costs in C: the same layouts, passes and generating port as the whole-loop benchmark in
// Java has in its steady phase, to compare with. It is no balancer: connections are there from the start, and there are
// no control plane, hand-over between workers, ARP or expiry beyond a look at the timer wheel's present slot.
//
//   loop udp-both|udp-both-no-offload FLOWS ordered|random ROUNDS MILLIONS
//
// prints nanoseconds of the thread's processor time a packet, a line for each round of MILLIONS of packets. Checksums of
// a sample of sent packets are checked, and that every packet was forwarded. Variants, chosen by the compiler's -D:
// PREFETCH, TAGS_SSE2, and WITHOUT_ENGINE, which leaves everything out but the port.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <time.h>

#include "fast_path.h"

enum { CONNECTIONS = 1 << 20, SERVERS = 4, LOCALS = 64, ROUTER = SERVERS, WARM_UPS = 1, UDP_NORMAL = 13 };
enum { FIRST_LOCAL_PORT = 1025, LOCAL_PORTS = 64511, WHEEL_SLOTS = 4096 };

static const uint32_t FIRST_SERVER = 0xCB00710B, FIRST_LOCAL = 0xCB007164;
static const uint8_t NEIGHBOUR_MAC[6] = {2, 0, 0, 0, 0, 0x51};

struct worker {
    struct port *port;
    struct fast_path *path;
    struct transmitter *transmitter;
    address counters; // received, sent, forwarded in and out, waiting, connections: a line each
    address wheel;
    uint32_t cursor;
    uint64_t epoch;
    struct burst *burst;
};

static uint64_t clock_ns(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t pair(uint32_t source, uint32_t destination) {
    return __builtin_bswap32(source) | (uint64_t)__builtin_bswap32(destination) << 32;
}

static uint32_t ports(uint32_t source, uint32_t destination) {
    return __builtin_bswap16((uint16_t)source) | (uint32_t)__builtin_bswap16((uint16_t)destination) << 16;
}

static uint64_t delta(uint32_t before, uint32_t after) { return (uint64_t)(uint32_t)~before + after; }

static void put_line(address line, uint64_t addresses, uint32_t port_word, uint32_t direction) {
    put64(line + ADDRESSES, addresses);
    put64(line + PORTS, key_of(port_word, UDP));
    line[STATE] = UDP_NORMAL;
    line[DIRECTION] = (uint8_t)direction;
}

static void put_rewrite(address line, uint64_t addresses, uint32_t port_word, uint32_t hop, uint32_t server) {
    put64(line + NEW_ADDRESSES, addresses << 32 | addresses >> 32);
    put32(line + NEW_PORTS, port_word << 16 | port_word >> 16);
    uint64_t sum = delta(get32(line + ADDRESSES), get32(line + NEW_ADDRESSES)) +
                   delta(get32(line + ADDRESSES + 4), get32(line + NEW_ADDRESSES + 4));
    put32(line + IP_STEP, folded(sum + TTL_STEP) << 16 | 1);
    put16(line + L4_DELTA, (uint16_t)folded(sum + delta(get32(line + PORTS), get32(line + NEW_PORTS))));
    put16(line + NEXT_HOP, (uint16_t)hop);
    put32(line + TRAFFIC, server * CACHE_LINE + line[DIRECTION] * DIRECTION_STEP);
    put32(line + GENERATION, 1);
}

// Opens the connection of a flow: servers and local addresses in turn, a random port that is free.
static void open_flow(struct table *table, uint32_t flow, uint64_t *random) {
    uint32_t client, client_port, server = flow % SERVERS;
    client_of(flow, &client, &client_port);
    uint64_t in = pair(CLIENTS | client, SERVICE);
    uint64_t out = pair(FIRST_SERVER + server, FIRST_LOCAL + flow / SERVERS % LOCALS);
    uint32_t in_ports = ports(client_port, SERVICE_PORT), out_ports;
    do {
        *random ^= *random >> 12;
        *random ^= *random << 25;
        *random ^= *random >> 27;
        uint64_t bits = *random * 0x2545F4914F6CDD1D;
        out_ports = ports(SERVER_PORT, FIRST_LOCAL_PORT + (uint32_t)(((bits >> 32) * LOCAL_PORTS) >> 32));
    } while (find(table, out, key_of(out_ports, UDP)) != NULL);
    uint32_t id = table->used++;
    insert(table, hash_of(table, in, key_of(in_ports, UDP)), reference_of(id, 0));
    insert(table, hash_of(table, out, key_of(out_ports, UDP)), reference_of(id, 1));
    address record = line_of(table, reference_of(id, 0));
    put_line(record, in, in_ports, 0);
    put_line(record + LINE_LENGTH, out, out_ports, 1);
    put_rewrite(record, out, out_ports, server, server);
    put_rewrite(record + LINE_LENGTH, in, in_ports, ROUTER, server);
}

static struct fast_path *new_fast_path(uint32_t flows, struct transmitter *transmitter) {
    struct fast_path *path = (struct fast_path *)(void *)allocate(sizeof *path);
    path->table = new_table(CONNECTIONS, 42);
    path->hops = allocate((uint64_t)HOPS * CACHE_LINE);
    path->servers = allocate((uint64_t)SERVER_SLOTS * CACHE_LINE);
    memcpy(&path->mac, PORT_MAC, 6);
    path->generation = 1;
    path->transmitters[0] = transmitter;
    for (uint32_t direction = 0; direction < 2; direction++) {
        path->quiet[direction << 8 | UDP_NORMAL] = UINT64_MAX;
    }
    for (uint32_t i = 0; i <= ROUTER; i++) {
        address hop = path->hops + i * CACHE_LINE;
        memcpy(hop, NEIGHBOUR_MAC, 6);
        memcpy(hop + 6, PORT_MAC, 6);
        put16(hop + 12, TYPE_IPV4);
        put32(hop + HOP_LONGEST, 1500);
        put32(hop + HOP_HEADER_LENGTH, IP);
    }
    uint64_t random = 42;
    for (uint32_t flow = 0; flow < flows; flow++) {
        open_flow(&path->table, flow, &random);
    }
    return path;
}

#ifndef WITHOUT_ENGINE
// Looks for connections whose time has come. None is armed: it would be for 300 s, and a run ends before that.
static uint32_t expire(struct worker *worker) {
    while (worker->cursor < worker->path->now) {
        if (get32(worker->wheel + worker->cursor % WHEEL_SLOTS * 4) != 0) {
            fail("an armed timer");
        }
        worker->cursor++;
    }
    return get32(worker->wheel + worker->cursor % WHEEL_SLOTS * 4);
}
#endif

static uint32_t cycle(struct worker *worker) {
    uint64_t now = clock_ns(CLOCK_MONOTONIC) - worker->epoch;
    uint32_t received = port_receive(worker->port, worker->burst);
    worker->path->now = (uint32_t)(now / 1000000000);
    if (received == 0) {
        return 0;
    }
#ifdef WITHOUT_ENGINE
    port_transmit(worker->port, worker->burst);
    return received;
#else
    add64(worker->counters, received);
    process(worker->path, worker->burst);
    uint32_t work = received + expire(worker) + flush(worker->transmitter);
    put64(worker->counters + 4 * CACHE_LINE, worker->transmitter->waiting.size);
    put64(worker->counters + 5 * CACHE_LINE, worker->path->table.used);
    return work;
#endif
}

static void require_all_forwarded(const struct worker *worker, uint64_t made) {
#ifndef WITHOUT_ENGINE
    uint64_t in = 0, out = 0;
    for (int i = 0; i < SERVERS; i++) {
        in += get64(worker->path->servers + i * CACHE_LINE + IN_PACKETS);
        out += get64(worker->path->servers + i * CACHE_LINE + IN_PACKETS + DIRECTION_STEP);
    }
    uint64_t sent = get64(worker->counters + 2 * CACHE_LINE) + get64(worker->counters + 3 * CACHE_LINE);
    if (in != made || out != made || sent != 2 * made || get64(worker->counters) != 2 * made) {
        fail("some packets were not forwarded");
    }
#endif
    if (worker->port->received != 2 * made || worker->port->free_count != BUFFERS) {
        fail("some packets were not answered");
    }
}

static struct worker new_worker(uint32_t flows, int random, uint32_t flags) {
    struct worker worker = {.counters = allocate(6 * CACHE_LINE), .wheel = allocate(WHEEL_SLOTS * 4)};
#ifdef WITHOUT_ENGINE
    worker.port = new_port(flows, random, flags, SERVICE_PORT); // packets come back as they were made
#else
    worker.port = new_port(flows, random, flags, SERVER_PORT);
#endif
    worker.burst = (struct burst *)(void *)allocate(sizeof *worker.burst);
    worker.burst->capacity = BURST;
    worker.transmitter = (struct transmitter *)(void *)allocate(sizeof *worker.transmitter);
    worker.transmitter->port = worker.port;
    worker.transmitter->waiting.capacity = TRANSMIT_QUEUE;
    worker.transmitter->sent = worker.counters + CACHE_LINE;
    worker.transmitter->outcomes[KIND_IN] = worker.counters + 2 * CACHE_LINE;
    worker.transmitter->outcomes[KIND_OUT] = worker.counters + 3 * CACHE_LINE;
    worker.path = new_fast_path(flows, worker.transmitter);
    worker.epoch = clock_ns(CLOCK_MONOTONIC);
    return worker;
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
    if (count != 6) {
        fprintf(stderr, "loop: usage: loop udp-both|udp-both-no-offload FLOWS ordered|random ROUNDS MILLIONS\n");
        return 2;
    }
    uint32_t flags = choice(args[1], "udp-both", "udp-both-no-offload") ? 0 : IP_CHECKSUM_GOOD;
    uint32_t flows = (uint32_t)number(args[2], CONNECTIONS, "FLOWS");
    int random = choice(args[3], "ordered", "random");
    uint64_t rounds = number(args[4], 1000, "ROUNDS");
    uint64_t requests = number(args[5], 1000, "MILLIONS") * 500000;
    struct worker worker = new_worker(flows, random, flags);
    for (uint64_t round = 0; round < WARM_UPS + rounds; round++) {
        worker.port->left = requests;
        uint64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        while (cycle(&worker) > 0) {
        }
        double ns = (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin);
        if (round >= WARM_UPS) {
            printf("ns %.3f\n", ns / (double)(2 * requests));
        }
    }
    require_all_forwarded(&worker, (WARM_UPS + rounds) * requests);
    // The sum is used, or the compiler would drop the touching loads.
    fprintf(stderr, "%llu by the slow path, touched %llx\n", (unsigned long long)worker.path->slow,
        (unsigned long long)worker.path->touched);
    return 0;
}
