// SPDX-License-Identifier: Apache-2.0
/*
 * A loopback device that steers by flow rules, for tests: a net_ring device, which gives queue i what
 * was sent on queue i, made to take rules and to put what is sent on the queue that a rule names. What
 * no rule is about arrives on queue 0, as in a device without receive side scaling.
 *
 * It reads rules by DPDK's own rte_flow.h, independently of the code under test. Packaged DPDK lacks
 * the headers for drivers, so five places of 22.11's internal structures are written down here; the
 * test runs this with no other version, and steering_ring_make() looks whether they make sense.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_ip.h>
#include <rte_ring.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#define DEVICE_SIZE 0x4080     /* sizeof(struct rte_eth_dev) */
#define DEVICE_TX_BURST 0x08   /* its tx_pkt_burst */
#define DEVICE_RX_COUNT 0x18   /* its rx_queue_count */
#define DEVICE_OPS 0x40        /* its dev_ops */
#define OPS_FLOW_OPS_GET 0x230 /* flow_ops_get of struct eth_dev_ops */
#define OPS_ROOM 0x400         /* not less than sizeof(struct eth_dev_ops) */

extern char rte_eth_devices[];

/* The first members of DPDK's struct of this name. */
struct rte_flow_ops {
	int (*validate)(void *, const struct rte_flow_attr *, const struct rte_flow_item *,
			const struct rte_flow_action *, struct rte_flow_error *);
	struct rte_flow *(*create)(void *, const struct rte_flow_attr *, const struct rte_flow_item *,
				   const struct rte_flow_action *, struct rte_flow_error *);
	int (*destroy)(void *, struct rte_flow *, struct rte_flow_error *);
	void *others[16];
};

struct rte_flow {
	struct rte_flow *next;
	uint16_t queue;
	uint16_t vlan;
	uint8_t protocol;
	bool ipv6;
	uint8_t destination[16]; /* of IPv4 the first four */
	rte_be16_t port;
	rte_be16_t port_mask;
};

static uint16_t ring_port;
static eth_tx_burst_t ring_tx;
static struct rte_flow *rules;
static int rule_count;
static int rule_room;

static int refuse(struct rte_flow_error *error, int code, const char *why)
{
	return rte_flow_error_set(error, code, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, why);
}

static bool is_zero(const void *data, size_t size)
{
	const char *bytes = data;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static bool is_ones(const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0xff)
			return false;
	return true;
}

/* Reads the header that has the destination address, of which nothing else may be compared. */
static bool parse_destination(const struct rte_flow_item *item, struct rte_flow *rule)
{
	if (item->last)
		return false;
	if (item->type == RTE_FLOW_ITEM_TYPE_IPV4) {
		const struct rte_flow_item_ipv4 *spec = item->spec;
		struct rte_flow_item_ipv4 mask = *(const struct rte_flow_item_ipv4 *)item->mask;
		bool whole = is_ones(&mask.hdr.dst_addr, 4);

		memcpy(rule->destination, &spec->hdr.dst_addr, 4);
		mask.hdr.dst_addr = 0;
		return whole && is_zero(&mask, sizeof(mask));
	}
	if (item->type == RTE_FLOW_ITEM_TYPE_IPV6) {
		const struct rte_flow_item_ipv6 *spec = item->spec;
		struct rte_flow_item_ipv6 mask = *(const struct rte_flow_item_ipv6 *)item->mask;
		bool whole = is_ones(mask.hdr.dst_addr, 16);

		rule->ipv6 = true;
		memcpy(rule->destination, spec->hdr.dst_addr, 16);
		memset(mask.hdr.dst_addr, 0, 16);
		return whole && is_zero(&mask, sizeof(mask));
	}
	return false;
}

/* Reads a rule, which must be of the one kind that this device knows. */
static int parse(const struct rte_flow_attr *attr, const struct rte_flow_item *item,
		 const struct rte_flow_action *action, struct rte_flow *rule, struct rte_flow_error *error)
{
	struct rte_eth_dev_info info;

	if (!attr->ingress || attr->egress || attr->transfer || attr->group || attr->priority)
		return refuse(error, ENOTSUP, "only ingress rules of group 0 are known");
	if (item->type != RTE_FLOW_ITEM_TYPE_ETH || item->spec || item->last || item->mask)
		return refuse(error, ENOTSUP, "the pattern does not begin with any Ethernet header");
	item++;
	if (item->type == RTE_FLOW_ITEM_TYPE_VLAN) {
		const struct rte_flow_item_vlan *spec = item->spec, *mask = item->mask;

		if (item->last || mask->hdr.vlan_tci != RTE_BE16(0x0fff) || mask->hdr.eth_proto != 0)
			return refuse(error, ENOTSUP, "a VLAN is compared by its number alone");
		rule->vlan = rte_be_to_cpu_16(spec->hdr.vlan_tci);
		item++;
	}
	if (!parse_destination(item, rule))
		return refuse(error, ENOTSUP, "not one destination address and nothing else of IPv4 or IPv6");
	item++;
	if (item->type == RTE_FLOW_ITEM_TYPE_TCP) {
		const struct rte_flow_item_tcp *tcp = item->spec;
		struct rte_flow_item_tcp mask = *(const struct rte_flow_item_tcp *)item->mask;

		rule->protocol = IPPROTO_TCP;
		rule->port = tcp->hdr.dst_port;
		rule->port_mask = mask.hdr.dst_port;
		mask.hdr.dst_port = 0;
		if (item->last || !is_zero(&mask, sizeof(mask)))
			return refuse(error, ENOTSUP, "more of TCP than the destination port");
	} else if (item->type == RTE_FLOW_ITEM_TYPE_UDP) {
		const struct rte_flow_item_udp *udp = item->spec;
		struct rte_flow_item_udp mask = *(const struct rte_flow_item_udp *)item->mask;

		rule->protocol = IPPROTO_UDP;
		rule->port = udp->hdr.dst_port;
		rule->port_mask = mask.hdr.dst_port;
		mask.hdr.dst_port = 0;
		if (item->last || !is_zero(&mask, sizeof(mask)))
			return refuse(error, ENOTSUP, "more of UDP than the destination port");
	} else {
		return refuse(error, ENOTSUP, "neither TCP nor UDP");
	}
	if ((item + 1)->type != RTE_FLOW_ITEM_TYPE_END)
		return refuse(error, ENOTSUP, "the pattern does not end after the ports");
	if (action->type != RTE_FLOW_ACTION_TYPE_QUEUE || (action + 1)->type != RTE_FLOW_ACTION_TYPE_END)
		return refuse(error, ENOTSUP, "the action is not one queue");
	rule->queue = ((const struct rte_flow_action_queue *)action->conf)->index;
	if (rte_eth_dev_info_get(ring_port, &info) != 0 || rule->queue >= info.nb_rx_queues)
		return refuse(error, EINVAL, "no such queue");
	return 0;
}

static int validate(void *device, const struct rte_flow_attr *attr, const struct rte_flow_item *item,
		    const struct rte_flow_action *action, struct rte_flow_error *error)
{
	struct rte_flow rule = {0};

	(void)device;
	if (rule_room == 0)
		return refuse(error, ENOTSUP, "this device has no room for rules");
	return parse(attr, item, action, &rule, error);
}

static struct rte_flow *create(void *device, const struct rte_flow_attr *attr,
			       const struct rte_flow_item *item, const struct rte_flow_action *action,
			       struct rte_flow_error *error)
{
	struct rte_flow *rule = calloc(1, sizeof(*rule));

	(void)device;
	if (rule_count == rule_room) {
		refuse(error, ENOSPC, "the table of rules is full");
	} else if (rule != NULL && parse(attr, item, action, rule, error) == 0) {
		rule->next = rules;
		rules = rule;
		rule_count++;
		return rule;
	}
	free(rule);
	return NULL;
}

static int destroy(void *device, struct rte_flow *rule, struct rte_flow_error *error)
{
	(void)device;
	for (struct rte_flow **at = &rules; *at != NULL; at = &(*at)->next) {
		if (*at == rule) {
			*at = rule->next;
			free(rule);
			rule_count--;
			return 0;
		}
	}
	return refuse(error, ENOENT, "there is no such rule");
}

static const struct rte_flow_ops flow_ops = {.validate = validate, .create = create, .destroy = destroy};

static int flow_ops_get(void *device, const struct rte_flow_ops **ops)
{
	(void)device;
	*ops = &flow_ops;
	return 0;
}

static uint16_t queue_of(struct rte_mbuf *packet)
{
	const struct rte_ether_hdr *ether = rte_pktmbuf_mtod(packet, const struct rte_ether_hdr *);
	const char *l3 = (const char *)(ether + 1);
	rte_be16_t type = ether->ether_type;
	uint16_t vlan = 0;

	if (type == RTE_BE16(RTE_ETHER_TYPE_VLAN)) {
		const struct rte_vlan_hdr *tag = (const struct rte_vlan_hdr *)l3;

		vlan = rte_be_to_cpu_16(tag->vlan_tci) & 0x0fff;
		type = tag->eth_proto;
		l3 += sizeof(*tag);
	}
	const void *destination;
	uint8_t protocol;
	bool ipv6 = type == RTE_BE16(RTE_ETHER_TYPE_IPV6);

	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
		const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)l3;

		destination = &ip->dst_addr;
		protocol = ip->next_proto_id;
		l3 += rte_ipv4_hdr_len(ip);
	} else if (ipv6) {
		const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)l3;

		destination = ip->dst_addr;
		protocol = ip->proto;
		l3 += sizeof(*ip);
	} else {
		return 0;
	}
	/* TCP and UDP have their ports in the same places */
	const struct rte_udp_hdr *l4 = (const struct rte_udp_hdr *)l3;

	for (const struct rte_flow *rule = rules; rule != NULL; rule = rule->next)
		if (rule->vlan == vlan && rule->protocol == protocol && rule->ipv6 == ipv6 &&
		    memcmp(rule->destination, destination, ipv6 ? 16 : 4) == 0 &&
		    (l4->dst_port & rule->port_mask) == rule->port)
			return rule->queue;
	return 0;
}

static uint16_t steer(void *sent_on, struct rte_mbuf **packets, uint16_t count)
{
	uint16_t sent = 0;

	(void)sent_on;
	while (sent < count) {
		void *queue = rte_eth_fp_ops[ring_port].txq.data[queue_of(packets[sent])];

		if (ring_tx(queue, packets + sent, 1) == 0)
			break;
		sent++;
	}
	return sent;
}

/* How many packets wait: the queue begins with its ring. */
static uint32_t count_waiting(void *queue)
{
	return rte_ring_count(*(struct rte_ring **)queue);
}

/* Makes the device, with room for some rules. Returns its port, or a negative number: -1 if DPDK does not
 * make it, -2 if its structures are not laid out as above. */
int steering_ring_make(const char *name, int room);
int steering_ring_make(const char *name, int room)
{
	if (rte_eal_hotplug_add("vdev", name, "") != 0 || rte_eth_dev_get_port_by_name(name, &ring_port) != 0)
		return -1;
	char *device = rte_eth_devices + (size_t)ring_port * DEVICE_SIZE;
	char **ops = (char **)(device + DEVICE_OPS);
	eth_tx_burst_t *tx = (eth_tx_burst_t *)(device + DEVICE_TX_BURST);
	Dl_info of_ops, of_tx;

	if (dladdr(*ops, &of_ops) == 0 || strstr(of_ops.dli_fname, "librte_net_ring") == NULL ||
	    dladdr((void *)*tx, &of_tx) == 0 || of_tx.dli_fbase != of_ops.dli_fbase ||
	    *(void **)(device + DEVICE_RX_COUNT) != NULL || *(void **)(*ops + OPS_FLOW_OPS_GET) != NULL)
		return -2;
	/* What follows flow_ops_get is left out: the ring has none of it, and its size is not known. */
	char *changed = calloc(1, OPS_ROOM);

	memcpy(changed, *ops, OPS_FLOW_OPS_GET);
	*(void **)(changed + OPS_FLOW_OPS_GET) = (void *)flow_ops_get;
	*ops = changed; /* never freed: closing the device still reads it */
	ring_tx = *tx;
	*tx = steer;
	*(void **)(device + DEVICE_RX_COUNT) = (void *)count_waiting;
	rules = NULL;
	rule_count = 0;
	rule_room = room;
	return ring_port;
}

int steering_ring_rules(void);
int steering_ring_rules(void)
{
	return rule_count;
}
