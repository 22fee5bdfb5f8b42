/* SPDX-License-Identifier: MIT */
/*
 * Transactions on the table inet nap, and what of networks and leases becomes which element. An
 * element's key is its components one after the other, each padded to whole words of 32 bits.
 */
#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "lib/cleanup.h"
#include "nft-rules.h"
#include "nft-table.h"

struct nft_batch {
	struct nl *nl;
};

/* ---- elements ---- */

struct bytes {
	uint8_t data[48]; /* the longest: an interface, a MAC and an IPv6 address */
	size_t n;
};

struct element {
	const char *set;
	struct bytes key, end, data; /* end: of a range; data: of a map; empty: none */
	const char *comment;	     /* for who lists the table; NULL: none */
};

static void add_bytes(struct bytes *b, const void *data, size_t n)
{
	memcpy(b->data + b->n, data, n);
	b->n += (n + 3) & ~(size_t)3;
}

static void add_name(struct bytes *b, const char *interface)
{
	char name[IFNAMSIZ] = "";

	memcpy(name, interface, strnlen(interface, sizeof(name) - 1));
	add_bytes(b, name, sizeof(name));
}

static void add_ip(struct bytes *b, const struct ip_address *a)
{
	add_bytes(b, a->bytes, ip_bytes(a));
}

static void add_port(struct bytes *b, uint16_t port)
{
	uint16_t network = htons(port);

	add_bytes(b, &network, sizeof(network));
}

static void put_bytes(struct nl *nl, uint16_t type, const struct bytes *b)
{
	size_t nest;

	if (!b->n)
		return;
	nest = nl_nest(nl, type);
	nl_put(nl, NFTA_DATA_VALUE, b->data, b->n);
	nl_end(nl, nest);
}

/* As nft(8) keeps it: type 0, length, text. */
static void put_comment(struct nl *nl, const char *text)
{
	char data[2 + 128] = "";
	size_t n = strnlen(text, 127) + 1;

	data[1] = (char)n;
	memcpy(data + 2, text, n - 1);
	nl_put(nl, NFTA_SET_ELEM_USERDATA, data, 2 + n);
}

/* Deletions carry all that an addition has, see put_tolerant. */
static void put_element(struct nft_batch *b, enum nft_op op, const struct element *e)
{
	struct nl *nl = b->nl;
	size_t list, element;

	if (op == NFT_ADD)
		nft_table_message(nl, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	else
		nft_table_message(nl, NFT_MSG_DELSETELEM, 0);
	nl_put_text(nl, NFTA_SET_ELEM_LIST_SET, e->set);
	list = nl_nest(nl, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = nl_nest(nl, NFTA_LIST_ELEM);
	put_bytes(nl, NFTA_SET_ELEM_KEY, &e->key);
	put_bytes(nl, NFTA_SET_ELEM_KEY_END, &e->end);
	put_bytes(nl, NFTA_SET_ELEM_DATA, &e->data);
	if (e->comment)
		put_comment(nl, e->comment);
	nl_end(nl, element);
	nl_end(nl, list);
}

/* ---- networks ---- */

static void put_interface(struct nft_batch *b, enum nft_op op, const char *set, const char *name)
{
	struct element e = {.set = set};

	add_name(&e.key, name);
	put_element(b, op, &e);
}

void nft_put_network(struct nft_batch *b, enum nft_op op, const struct net_network *n)
{
	struct element same = {.set = "same", .comment = n->name};

	put_interface(b, op, "bridges", n->bridge);
	if (n->internal)
		put_interface(b, op, "internal", n->bridge);
	add_name(&same.key, n->bridge);
	add_name(&same.key, n->bridge);
	put_element(b, op, &same);
}

void nft_put_guard(struct nft_batch *b, enum nft_op op, int family, const char *interface)
{
	put_interface(b, op, family == AF_INET6 ? "guarded6" : "guarded4", interface);
}

/* ---- leases ---- */

static void put_address(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
			const struct net_member *m, int family)
{
	static const char *const leases[] = {"leases4", "leases6"}, *const self[] = {"self4",
										     "self6"};
	struct element lease = {.set = leases[family], .comment = l->id};
	struct element hairpin = {.set = self[family], .comment = l->id};

	add_name(&lease.key, m->bridge);
	add_bytes(&lease.key, m->mac, sizeof(m->mac));
	add_ip(&lease.key, &m->ip[family]);
	put_element(b, op, &lease);
	add_ip(&hairpin.key, &m->ip[family]);
	add_ip(&hairpin.key, &m->ip[family]);
	put_element(b, op, &hairpin);
}

/* Where the ports of l lead to; NULL: it has no address of the family. On an internal network they
 * could be reached from the host alone: only if there is no other. */
static const struct ip_address *first_address(const struct net_lease *l, int family)
{
	const struct ip_address *found = NULL;

	for (size_t i = l->n_members; i-- > 0;) {
		const struct net_member *m = &l->members[i];

		if (m->ip[family].family && (!found || !m->internal))
			found = &m->ip[family];
	}
	return found;
}

static void put_publish(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
			const struct net_publish *p, int family)
{
	static const char *const any[] = {"publish4", "publish6"};
	static const char *const at[] = {"publish4_at", "publish6_at"};
	const struct ip_address *app = first_address(l, family);
	bool all = ip_is_unspecified(&p->address);
	struct element e = {.set = all ? any[family] : at[family], .comment = l->id};

	if (!app || (p->address.family && ip_index(&p->address) != family))
		return;
	if (!all)
		add_ip(&e.key, &p->address);
	add_bytes(&e.key, &p->protocol, sizeof(p->protocol));
	add_port(&e.key, p->host);
	add_ip(&e.data, app);
	add_port(&e.data, p->container);
	put_element(b, op, &e);
}

/* ---- rules of apps' firewalls ---- */

static void add_number(struct bytes *b, unsigned __int128 number, unsigned n)
{
	uint8_t data[16];

	for (unsigned i = n; i-- > 0; number >>= 8)
		data[i] = (uint8_t)number;
	add_bytes(b, data, n);
}

static void put_box(struct nft_batch *b, enum nft_op op, const char *set, const char *comment,
		    const struct ip_address *app, const struct nft_box *box)
{
	const unsigned bytes[] = {[BOX_PEER] = ip_bytes(app), [BOX_PROTOCOL] = 1, [BOX_PORT] = 2};
	struct element e = {.set = set, .comment = comment};

	add_ip(&e.key, app);
	add_ip(&e.end, app);
	for (int i = 0; i < BOX_SIDES; i++) {
		add_number(&e.key, box->side[i].first, bytes[i]);
		add_number(&e.end, box->side[i].last, bytes[i]);
	}
	put_element(b, op, &e);
}

/* The boxes for each address of the lease, in one of the firewall sets. */
static void put_boxes(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
		      enum nft_rule_set set, int family, const struct nft_boxes *boxes)
{
	static const char *const names[NFT_RULE_SETS][IP_FAMILIES] = {
		[IN_ALLOW] = {"in_allow4", "in_allow6"},
		[IN_DENY] = {"in_deny4", "in_deny6"},
		[OUT_ALLOW] = {"out_allow4", "out_allow6"},
		[OUT_DENY] = {"out_deny4", "out_deny6"},
		[HOST_ALLOW] = {"host_allow4", "host_allow6"},
	};

	if (boxes->error)
		b->nl->error = boxes->error;
	for (size_t m = 0; m < l->n_members; m++)
		for (size_t i = 0; l->members[m].ip[family].family && i < boxes->n; i++)
			put_box(b, op, names[set][family], l->id, &l->members[m].ip[family],
				&boxes->box[i]);
}

/* Port 53 of a resolver that is an address of the host. */
static void put_resolver(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
			 const struct ip_address *app, const struct ip_address *resolver)
{
	static const char *const sets[] = {"resolvers4", "resolvers6"};
	static const uint8_t protocols[] = {IPPROTO_UDP, IPPROTO_TCP};

	if (app->family != resolver->family)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct element e = {.set = sets[ip_index(app)], .comment = l->id};

		add_ip(&e.key, app);
		add_ip(&e.key, resolver);
		add_bytes(&e.key, &protocols[i], 1);
		add_port(&e.key, 53);
		put_element(b, op, &e);
	}
}

void nft_put_app_rule(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
		      const struct firewall_rule *rule, const struct ip_address *peer)
{
	for (int set = 0; set < NFT_RULE_SETS; set++) {
		auto_nft_boxes boxes = {0};

		nft_rules_of_app(l, (enum nft_rule_set)set, rule, peer, &boxes);
		put_boxes(b, op, l, (enum nft_rule_set)set, ip_index(peer), &boxes);
	}
}

static void put_member(struct nft_batch *b, enum nft_op op, const struct net_lease *l,
		       const struct net_member *m, int family)
{
	if (!m->ip[family].family)
		return;
	put_address(b, op, l, m, family);
	for (size_t i = 0; i < l->n_resolvers; i++)
		put_resolver(b, op, l, &m->ip[family], &l->resolvers[i]);
}

void nft_put_lease(struct nft_batch *b, enum nft_op op, const struct net_lease *l)
{
	for (int family = 0; family < IP_FAMILIES; family++) {
		for (size_t i = 0; i < l->n_members; i++)
			put_member(b, op, l, &l->members[i], family);
		for (size_t i = 0; i < l->n_publish; i++)
			put_publish(b, op, l, &l->publish[i], family);
		for (int set = 0; set < NFT_RULE_SETS; set++) {
			auto_nft_boxes boxes = {0};

			nft_rules_of_lease(l, (enum nft_rule_set)set, family, &boxes);
			put_boxes(b, op, l, (enum nft_rule_set)set, family, &boxes);
		}
	}
}

/* ---- transactions ---- */

#define ELEMENT_MESSAGE(type) (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_##type##SETELEM)

static void put_mark(struct nl *nl, uint16_t type)
{
	struct nfgenmsg *m = nl_mark(nl, type, 0, sizeof(*m));

	m->version = NFNETLINK_V0;
	m->res_id = htons(NFNL_SUBSYS_NFTABLES);
}

struct nft_batch *nft_begin(struct nl *nl)
{
	struct nft_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->nl = nl;
	put_mark(nl, NFNL_MSG_BATCH_BEGIN);
	return b;
}

void nft_abort(struct nft_batch *b)
{
	if (b)
		nl_drop(b->nl);
	free(b);
}

void nft_put_table(struct nft_batch *b)
{
	nft_table_put(b->nl);
}

/* An element message once more, as one of type. */
static void put_again(struct nl *nl, const struct nlmsghdr *h, uint16_t type, uint16_t flags)
{
	struct nfgenmsg *m = nl_request(nl, type, flags, sizeof(*m));

	memcpy(m, NLMSG_DATA(h), sizeof(*m));
	for (uint16_t t = NFTA_SET_ELEM_LIST_TABLE; t <= NFTA_SET_ELEM_LIST_ELEMENTS; t++) {
		const struct nlattr *a = nl_find(h, sizeof(*m), t);

		if (a)
			nl_put(nl, a->nla_type, a + 1, a->nla_len - sizeof(*a));
	}
}

/*
 * The messages of a batch that failed, each element being added before it is deleted: nothing is
 * missing then, and what was there is no error. NFT_MSG_DESTROYSETELEM, which would do, came with
 * Linux 6.3.
 */
static void put_tolerant(struct nl *nl, const char *data, size_t n)
{
	const struct nlmsghdr *h;

	put_mark(nl, NFNL_MSG_BATCH_BEGIN);
	for (const char *p = data; p < data + n; p += NLMSG_ALIGN(h->nlmsg_len)) {
		h = (const void *)p;
		if (h->nlmsg_type == ELEMENT_MESSAGE(DEL))
			put_again(nl, h, ELEMENT_MESSAGE(NEW), NLM_F_CREATE);
		if (h->nlmsg_type == ELEMENT_MESSAGE(DEL) || h->nlmsg_type == ELEMENT_MESSAGE(NEW))
			put_again(nl, h, h->nlmsg_type, h->nlmsg_flags);
	}
}

static int send_batch(struct nl *nl)
{
	if (nl->n <= 1) { /* nothing but the mark */
		nl_drop(nl);
		return 0;
	}
	put_mark(nl, NFNL_MSG_BATCH_END);
	return nl_send(nl, NULL);
}

int nft_commit(struct nft_batch *b, bool tolerant)
{
	struct nl *nl = b->nl;
	size_t n = nl->len;
	auto_free char *copy = tolerant ? malloc(n) : NULL;
	int r;

	free(b);
	if (tolerant && !copy)
		nl->error = -ENOMEM;
	if (copy && n > 0)
		memcpy(copy, nl->data, n);
	r = send_batch(nl);
	if (r != -ENOENT || !tolerant)
		return r;
	put_tolerant(nl, copy, n);
	return send_batch(nl);
}
