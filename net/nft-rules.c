/* SPDX-License-Identifier: MIT */
/* Boxes that do not overlap, and which of them a rule is. */
#include "nft-rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

/* ---- boxes ---- */

void nft_boxes_done(struct nft_boxes *b)
{
	free(b->box);
	*b = (struct nft_boxes){0};
}

static void append(struct nft_boxes *all, const struct nft_box *box)
{
	if (all->n == all->size) {
		size_t size = all->size ? all->size * 2 : 8;
		void *grown = reallocarray(all->box, size, sizeof(*all->box));

		if (!grown) {
			all->error = -ENOMEM;
			return;
		}
		all->box = grown;
		all->size = size;
	}
	all->box[all->n++] = *box;
}

static bool overlap(const struct nft_box *a, const struct nft_box *b)
{
	for (int i = 0; i < BOX_SIDES; i++)
		if (a->side[i].first > b->side[i].last || b->side[i].first > a->side[i].last)
			return false;
	return true;
}

static bool covers(const struct nft_box *a, const struct nft_box *b)
{
	for (int i = 0; i < BOX_SIDES; i++)
		if (a->side[i].first > b->side[i].first || a->side[i].last < b->side[i].last)
			return false;
	return true;
}

/* Append what of b is not in those from i to n: of the first one that overlaps it, go on with the
 * slices of b around that; what remains of b lies within. */
static void add_rest(struct nft_boxes *all, struct nft_box b, size_t i, size_t n)
{
	struct nft_box c, slice;

	while (i < n && !overlap(&b, &all->box[i]))
		i++;
	if (i == n) {
		append(all, &b);
		return;
	}
	c = all->box[i];
	for (int s = 0; s < BOX_SIDES; s++) {
		if (b.side[s].first < c.side[s].first) {
			slice = b;
			slice.side[s].last = c.side[s].first - 1;
			add_rest(all, slice, i + 1, n);
			b.side[s].first = c.side[s].first;
		}
		if (b.side[s].last > c.side[s].last) {
			slice = b;
			slice.side[s].first = c.side[s].last + 1;
			add_rest(all, slice, i + 1, n);
			b.side[s].last = c.side[s].last;
		}
	}
}

void nft_boxes_add(struct nft_boxes *all, const struct nft_box *box)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (!covers(box, &all->box[i]))
			all->box[n++] = all->box[i];
	all->n = n;
	add_rest(all, *box, 0, n);
}

/* ---- rules ---- */

static const struct {
	bool in, allow, host;
} sets[] = {
	[IN_ALLOW] = {.in = true, .allow = true},
	[IN_DENY] = {.in = true},
	[OUT_ALLOW] = {.allow = true},
	[OUT_DENY] = {.in = false},
	[HOST_ALLOW] = {.allow = true, .host = true},
};

static bool is_of_set(const struct firewall_rule *r, enum nft_rule_set set)
{
	return r->allow == sets[set].allow && (r->target == TARGET_HOST) == sets[set].host &&
	       (sets[set].in ? r->in : r->out);
}

static unsigned __int128 number(const struct ip_address *a)
{
	unsigned __int128 n = 0;

	for (unsigned i = 0; i < ip_bytes(a); i++)
		n = n << 8 | a->bytes[i];
	return n;
}

static struct nft_span span_of_prefix(const struct ip_prefix *p)
{
	struct ip_address first = ip_prefix_first(p), last = ip_prefix_last(p);

	return (struct nft_span){number(&first), number(&last)};
}

/* The peers that a rule without TARGET_APP names; false: none of this family. */
static bool peers(const struct firewall_rule *r, int family, struct nft_span *ret)
{
	static const int families[] = {[IP4] = AF_INET, [IP6] = AF_INET6};
	struct ip_prefix all = {.address.family = families[family]};

	if (r->target == TARGET_APP ||
	    (r->target == TARGET_PREFIX && ip_index(&r->prefix.address) != family))
		return false;
	*ret = span_of_prefix(r->target == TARGET_PREFIX ? &r->prefix : &all);
	return true;
}

/* The boxes of a rule for peers: of a rule with ports but without a protocol one for each protocol
 * that has ports. */
static size_t boxes_of_rule(const struct firewall_rule *r, struct nft_span peer,
			    struct nft_box ret[static 3])
{
	static const struct nft_span with_ports[] = {{IPPROTO_TCP, IPPROTO_TCP},
						     {IPPROTO_UDP, IPPROTO_UDP},
						     {IPPROTO_SCTP, IPPROTO_SCTP}},
				     any = {0, UINT8_MAX};
	struct nft_span own = {r->protocol, r->protocol}, port = {r->port_first, r->port_last};
	bool all_ports = r->port_first == 0 && r->port_last == UINT16_MAX;
	size_t n = r->protocol || all_ports ? 1 : ARRAY_SIZE(with_ports);

	for (size_t i = 0; i < n; i++) {
		struct nft_span protocol = n > 1 ? with_ports[i] : r->protocol ? own : any;

		ret[i] = (struct nft_box){{peer, protocol, port}};
	}
	return n;
}

void nft_rules_of_lease(const struct net_lease *l, enum nft_rule_set set, int family,
			struct nft_boxes *ret)
{
	struct nft_box box[3];
	struct nft_span peer;

	for (size_t i = 0; i < l->n_rules; i++) {
		if (!is_of_set(&l->rules[i], set) || !peers(&l->rules[i], family, &peer))
			continue;
		for (size_t n = boxes_of_rule(&l->rules[i], peer, box); n-- > 0;)
			nft_boxes_add(ret, &box[n]);
	}
}

/* Append what the rule adds to all. */
static void add_app_rule(struct nft_boxes *all, const struct firewall_rule *r,
			 const struct ip_address *peer)
{
	struct nft_box box[3];
	size_t known = all->n,
	       n = boxes_of_rule(r, (struct nft_span){number(peer), number(peer)}, box);

	for (size_t i = 0; i < n; i++)
		add_rest(all, box[i], 0, known);
}

void nft_rules_of_app(const struct net_lease *l, enum nft_rule_set set,
		      const struct firewall_rule *rule, const struct ip_address *peer,
		      struct nft_boxes *ret)
{
	struct nft_boxes all = {0};
	size_t known;

	if (!is_of_set(rule, set))
		return;
	nft_rules_of_lease(l, set, ip_index(peer), &all);
	for (const struct firewall_rule *r = l->rules; r < rule; r++)
		if (r->target == TARGET_APP && is_of_set(r, set) && strcmp(r->app, rule->app) == 0)
			add_app_rule(&all, r, peer);
	known = all.n;
	add_app_rule(&all, rule, peer);
	ret->error = all.error;
	for (size_t i = known; i < all.n; i++)
		append(ret, &all.box[i]);
	nft_boxes_done(&all);
}
