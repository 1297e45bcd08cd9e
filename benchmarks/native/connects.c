// SPDX-License-Identifier: Apache-2.0
// What checks by TCP cost the kernel: connects to many addresses of loopback, each once an interval, waits for all by epoll, ends
// each by a reset; or, with "again", looks at each 8 ms later, has no handshake acknowledged, and takes the same sockets again.
// ./connects SERVERS INTERVAL-SECONDS SECONDS [PORT [again]]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double used(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long asked, passed;

static struct sockaddr_in server(int i, int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port),
        .sin_addr = {htonl(0x7f000101u + i / 200 * 256 + i % 200)}};
}

static int fresh(void) {
    int one = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(made, IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof one);
    return made;
}

static void again(int servers, double interval, double seconds, int port) {
    static int idle[8192];
    static struct { int socket, server; double since; } opening[8192];
    int count = 0;
    unsigned first = 0, last = 0;
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    double began = now(), time;
    while ((time = now()) - began < seconds) {
        long due = (time - began) / interval * servers;
        for (; asked < due && last - first < 8192; asked++) {
            struct sockaddr_in to = server(asked % servers, port);
            int made = count ? idle[--count] : fresh();
            connect(made, (struct sockaddr *)&to, sizeof to);
            opening[last % 8192].socket = made;
            opening[last % 8192].server = asked % servers;
            opening[last++ % 8192].since = time;
        }
        for (; first != last && opening[first % 8192].since <= time - 0.008; first++) {
            struct sockaddr_in to = server(opening[first % 8192].server, port);
            int made = opening[first % 8192].socket, result = connect(made, (struct sockaddr *)&to, sizeof to);
            passed += result == 0 || errno == EISCONN;
            connect(made, &none, sizeof none);
            idle[count++] = made;
        }
        usleep(5000);
    }
    asked -= last - first;
}

int main(int count, char **words) {
    if (count < 4) return 2;
    int servers = atoi(words[1]);
    double interval = atof(words[2]), seconds = atof(words[3]);
    int port = count > 4 ? atoi(words[4]) : 18080;
    int events = epoll_create1(0);
    double began = now(), cpu = used();
    if (count > 5) again(servers, interval, seconds, port);
    struct epoll_event ready[256];
    struct linger reset = {1, 0};
    while (now() - began < seconds) {
        long due = (now() - began) / interval * servers;
        for (; asked < due; asked++) {
            int one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            struct sockaddr_in to = server(asked % servers, port);
            connect(one, (struct sockaddr *)&to, sizeof to);
            struct epoll_event wanted = {.events = EPOLLOUT, .data = {.fd = one}};
            epoll_ctl(events, EPOLL_CTL_ADD, one, &wanted);
        }
        int n = epoll_wait(events, ready, 256, 1);
        for (int e = 0; e < n; e++) {
            int one = ready[e].data.fd, error = 0;
            socklen_t length = sizeof error;
            getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length);
            passed += error == 0;
            setsockopt(one, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            close(one);
        }
    }
    double took = now() - began, spent = used() - cpu;
    printf("%d servers each %g s: %.0f probes/s, %ld failed; %.1f %% of a core, %.1f us a probe\n", servers, interval,
        passed / took, asked - passed, 100 * spent / took, 1e6 * spent / passed);
}
