/* SPDX-License-Identifier: MIT */
/*
 * The table inet nap in a network namespace of this test's own: that the kernel takes it, that
 * nft(8), where it is installed, prints it as tests/data/table.nft has it, which elements a network
 * and a lease have, and that rules that overlap become elements that do not.
 */
#include "test.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "net-world.h"
#include "net/nft-rules.h"
#include "net/nft-table.h"
#include "net/nft.h"

static struct ip_address ip(const char *text)
{
	struct ip_address a = {0};

	CHECK(ip_parse(text, 0, &a) == 0);
	return a;
}

static struct firewall_rule rule(bool allow, const char *text)
{
	struct firewall_rule r = {0};
	const char *why = "";

	if (!CHECK(firewall_rule_parse(text, &r, &why) == 0))
		(void)printf("%s: %s\n", text, why);
	r.allow = allow;
	return r;
}

/* ---- rules to boxes: every point of space is in as many boxes as it shall be, 0 or 1 ---- */

static bool is_in(const struct nft_box *b, const unsigned at[static BOX_SIDES])
{
	for (int s = 0; s < BOX_SIDES; s++)
		if (at[s] < b->side[s].first || at[s] > b->side[s].last)
			return false;
	return true;
}

static unsigned count_in(const struct nft_box *box, size_t n, const unsigned at[static BOX_SIDES])
{
	unsigned count = 0;

	for (size_t i = 0; i < n; i++)
		count += is_in(&box[i], at);
	return count;
}

static struct nft_box random_box(unsigned edge)
{
	struct nft_box b;

	for (int s = 0; s < BOX_SIDES; s++) {
		unsigned x = (unsigned)rand() % edge, y = (unsigned)rand() % edge;

		b.side[s] = (struct nft_span){x < y ? x : y, x < y ? y : x};
	}
	return b;
}

static void check_random_boxes(void)
{
	enum { EDGE = 7, BOXES = 6 };
	unsigned wrong = 0;

	srand(4);
	for (int round = 0; round < 300; round++) {
		auto_nft_boxes all = {0};
		struct nft_box given[BOXES];
		unsigned at[BOX_SIDES];

		for (int i = 0; i < BOXES; i++) {
			given[i] = random_box(EDGE);
			nft_boxes_add(&all, &given[i]);
		}
		for (at[0] = 0; at[0] < EDGE; at[0]++)
			for (at[1] = 0; at[1] < EDGE; at[1]++)
				for (at[2] = 0; at[2] < EDGE; at[2]++)
					wrong += count_in(all.box, all.n, at) !=
						 (count_in(given, BOXES, at) > 0);
	}
	CHECK(wrong == 0);
}

static size_t count_boxes(struct firewall_rule *rules, size_t n, enum nft_rule_set set, int family)
{
	struct net_lease l = {.rules = rules, .n_rules = n};
	auto_nft_boxes boxes = {0};

	nft_rules_of_lease(&l, set, family, &boxes);
	CHECK(boxes.error == 0);
	return boxes.n;
}

static void check_rules(void)
{
	struct firewall_rule any[] = {rule(true, "in any"), rule(true, "10.0.0.0/8"),
				      rule(true, "in any"), rule(true, "in any:80/tcp")};
	struct firewall_rule apart[] = {rule(true, "in 10.0.0.0/8:80/tcp"),
					rule(true, "in 10.1.0.0/16:443/tcp"),
					rule(false, "out any"), rule(true, "in [fd00::1]:53")};
	struct firewall_rule host[] = {rule(true, "out host:53"), rule(true, "out host:53/udp")};

	CHECK(count_boxes(any, 4, IN_ALLOW, IP4) == 1);
	CHECK(count_boxes(any, 4, IN_ALLOW, IP6) == 1);
	CHECK(count_boxes(any, 4, OUT_ALLOW, IP4) == 1);
	CHECK(count_boxes(any, 4, OUT_ALLOW, IP6) == 0);
	CHECK(count_boxes(any, 4, IN_DENY, IP4) == 0);
	CHECK(count_boxes(apart, 4, IN_ALLOW, IP4) == 2);
	CHECK(count_boxes(apart, 4, IN_ALLOW, IP6) == 3); /* tcp, udp, sctp */
	CHECK(count_boxes(apart, 4, OUT_DENY, IP4) == 1);
	CHECK(count_boxes(apart, 4, OUT_DENY, IP6) == 1);
	CHECK(count_boxes(host, 2, HOST_ALLOW, IP4) == 3);
	CHECK(count_boxes(host, 2, OUT_ALLOW, IP4) == 0);
}

/* Rules that name an app are added and deleted by the app's addresses, beside what is there. */
static void check_app_rules(void)
{
	struct firewall_rule r[] = {rule(true, "in any:80/tcp"), rule(true, "in app:db:80/tcp"),
				    rule(true, "in app:db"), rule(true, "in app:db:443/tcp")};
	struct net_lease l = {.rules = r, .n_rules = ARRAY_SIZE(r)};
	struct ip_address peer = ip("10.78.0.9");
	static const size_t want[] = {0, 0, 4, 0}; /* below tcp, above, below port 80, above */

	for (size_t i = 1; i < ARRAY_SIZE(r); i++) {
		auto_nft_boxes boxes = {0};

		nft_rules_of_app(&l, IN_ALLOW, &r[i], &peer, &boxes);
		CHECK(boxes.n == want[i]);
		nft_rules_of_app(&l, OUT_ALLOW, &r[i], &peer, &boxes);
		CHECK(boxes.n == want[i]);
	}
}

/* ---- the kernel's side ---- */

static int count_element(const struct nlmsghdr *h, void *data)
{
	const struct nlattr *list = nl_find(h, sizeof(struct nfgenmsg),
					    NFTA_SET_ELEM_LIST_ELEMENTS);

	for (const struct nlattr *e = NULL; (e = nl_next_in(list, e));)
		++*(int *)data;
	return 0;
}

/* Is the table there? 1, 0. */
static int is_up(struct nl *nl)
{
	nft_table_message(nl, NFT_MSG_GETTABLE, 0);
	return nl_query(nl, NULL, NULL) == 0;
}

/* How many elements does a set have? -1: no such set. */
static int count(struct nl *nl, const char *set)
{
	int n = 0;

	nft_table_message(nl, NFT_MSG_GETSETELEM, NLM_F_DUMP);
	nl_put_text(nl, NFTA_SET_ELEM_LIST_SET, set);
	return nl_query(nl, count_element, &n) < 0 ? -1 : n;
}

static int put_table(struct nl *nl)
{
	struct nft_batch *b = nft_begin(nl);

	nft_put_table(b);
	return nft_commit(b, false);
}

static int put_network(struct nl *nl, enum nft_op op, const struct net_network *n)
{
	struct nft_batch *b = nft_begin(nl);

	nft_put_network(b, op, n);
	return nft_commit(b, false);
}

static int put_lease(struct nl *nl, enum nft_op op, const struct net_lease *l, bool tolerant)
{
	struct nft_batch *b = nft_begin(nl);

	nft_put_lease(b, op, l);
	return nft_commit(b, tolerant);
}

/* What nft(8) prints. NULL: nobody can tell. */
static char *nft_list(const char *command)
{
	char *got = NULL;
	FILE *f;

	if (geteuid() != 0 || access("/usr/sbin/nft", X_OK) < 0) {
		(void)printf("skipped: no nft(8), or not root\n");
		return NULL;
	}
	f = popen(command, "re");
	CHECK(f && fs_read_fd(fileno(f), 1 << 20, &got, NULL) == 0);
	CHECK(f && pclose(f) == 0);
	return got;
}

/* An empty table is what the file says. */
static void check_text(void)
{
	auto_free char *got = nft_list("/usr/sbin/nft list table inet nap"), *want = NULL;

	CHECK(fs_read_file(AT_FDCWD, "tests/data/table.nft", 1 << 20, &want, NULL) == 0);
	if (got)
		CHECK_STREQ(got, want);
}

/* Elements of each type can be read. */
static void check_elements_text(void)
{
	static const struct {
		const char *set, *want;
	} cases[] = {
		{"set inet nap guarded4", "{ \"eth0\" }"},
		{"set inet nap leases4",
		 "\"nap-db\" . 02:00:00:00:00:06 . 10.79.0.5 comment \"web\""},
		{"map inet nap publish4_at",
		 "127.0.0.1 . udp . 53 comment \"web\" : 10.78.0.5 . 5353"},
		{"map inet nap publish6", "tcp . 8080 comment \"web\" : fd00::5 . 80"},
		{"set inet nap in_allow4",
		 "10.78.0.5 . 10.0.0.0/8 . 0-255 . 0-65535 comment \"web\""},
		{"set inet nap out_deny4",
		 "10.78.0.5 . 10.1.0.0/16 . tcp . 1-1023 comment \"web\""},
		{"set inet nap resolvers6", "fd00::5 . fd00::1 . udp . 53 comment \"web\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *command = text_format("/usr/sbin/nft list %s", cases[i].set);
		auto_free char *got = nft_list(command);

		if (got && !CHECK(strstr(got, cases[i].want)))
			(void)printf("want %s in:\n%s", cases[i].want, got);
	}
}

static void check_table(struct nl *nl)
{
	struct net_network n = {.name = (char *)"private", .bridge = "nap0"};
	struct nft_batch *b;

	CHECK(is_up(nl) == 0);
	CHECK(put_network(nl, NFT_ADD, &n) == -ENOENT);
	CHECK(nft_commit(nft_begin(nl), false) == 0); /* nothing in it */
	b = nft_begin(nl);
	nft_put_table(b);
	nft_abort(b);
	nft_abort(NULL);
	CHECK(is_up(nl) == 0);
	CHECK(put_table(nl) == 0 && is_up(nl) == 1);
	check_text();
	CHECK(put_network(nl, NFT_ADD, &n) == 0 && put_network(nl, NFT_ADD, &n) == 0);
	CHECK(count(nl, "bridges") == 1 && count(nl, "same") == 1 && count(nl, "internal") == 0);
	n.internal = true;
	CHECK(put_network(nl, NFT_ADD, &n) == 0 && count(nl, "internal") == 1);
	CHECK(put_network(nl, NFT_DELETE, &n) == 0);
	CHECK(put_network(nl, NFT_DELETE, &n) == -ENOENT);
	CHECK(count(nl, "bridges") == 0 && count(nl, "same") == 0 && count(nl, "internal") == 0);
	CHECK(put_network(nl, NFT_ADD, &n) == 0);
	CHECK(put_table(nl) == 0 && count(nl, "bridges") == 0); /* another one */
	b = nft_begin(nl);
	nft_put_guard(b, NFT_ADD, AF_INET, "eth0");
	nft_put_guard(b, NFT_ADD, AF_INET6, "eth0");
	nft_put_guard(b, NFT_ADD, AF_INET6, "eth1");
	CHECK(nft_commit(b, false) == 0);
	CHECK(count(nl, "guarded4") == 1 && count(nl, "guarded6") == 2);
}

/* A lease with everything. */
struct sample {
	struct net_member members[2];
	struct net_publish publish[7];
	struct firewall_rule rules[6];
	struct ip_address resolvers[2];
	struct net_lease lease;
};

static void sample_init(struct sample *s, const char *id)
{
	*s = (struct sample){
		.members = {{.bridge = "nap0", .mac = {2, 0, 0, 0, 0, 5}},
			    {.bridge = "nap-db", .mac = {2, 0, 0, 0, 0, 6}}},
		.publish = {{.protocol = IPPROTO_TCP, .host = 8080, .container = 80},
			    {ip("127.0.0.1"), IPPROTO_UDP, 53, 5353},
			    {ip("::1"), IPPROTO_UDP, 53, 5353},
			    {ip("192.0.2.1"), IPPROTO_SCTP, 9, 9},
			    {ip("0.0.0.0"), IPPROTO_TCP, 81, 80},
			    {ip("::"), IPPROTO_TCP, 82, 80},
			    {ip("::"), IPPROTO_TCP, 83, 80}},
		.rules = {rule(true, "in 10.0.0.0/8"), rule(true, "in any:80"),
			  rule(false, "in any"), rule(false, "10.1.0.0/16:1-1023/tcp"),
			  rule(true, "out host:22/tcp"), rule(true, "out app:db:5432/tcp")},
		.resolvers = {ip("10.78.0.1"), ip("fd00::1")},
		.lease = {.id = (char *)id,
			  .n_members = 2,
			  .n_publish = 7,
			  .n_rules = 6,
			  .n_resolvers = 2},
	};
	s->members[0].ip[IP4] = ip("10.78.0.5");
	s->members[0].ip[IP6] = ip("fd00::5");
	s->members[1].ip[IP4] = ip("10.79.0.5");
	s->lease.members = s->members;
	s->lease.publish = s->publish;
	s->lease.rules = s->rules;
	s->lease.resolvers = s->resolvers;
}

struct expected {
	const char *set;
	int n;
};

static void check_counts(struct nl *nl, const struct expected *e, size_t n, bool there)
{
	for (size_t i = 0; i < n; i++) {
		int got = count(nl, e[i].set), want = there ? e[i].n : 0;

		if (!CHECK(got == want))
			(void)printf("%s: %d elements, want %d\n", e[i].set, got, want);
	}
}

static void check_lease(struct nl *nl)
{
	/* in_allow4: 10.0.0.0/8 wholly, and of port 80 of tcp, udp and sctp what is below and
	 * above; for two addresses. in_deny: any absorbs the prefix. */
	static const struct expected want[] = {
		{"leases4", 2},	    {"leases6", 1},	{"self4", 2},	    {"self6", 1},
		{"publish4", 2},    {"publish6", 3},	{"publish4_at", 2}, {"publish6_at", 1},
		{"in_allow4", 14},  {"in_allow6", 3},	{"in_deny4", 2},    {"in_deny6", 1},
		{"out_allow4", 0},  {"out_allow6", 0},	{"out_deny4", 2},   {"out_deny6", 0},
		{"host_allow4", 2}, {"host_allow6", 1}, {"resolvers4", 4},  {"resolvers6", 2},
	};
	struct ip_address peer = ip("10.78.0.9");
	struct nft_batch *b;
	struct sample s, other;

	sample_init(&s, "web");
	CHECK(put_lease(nl, NFT_ADD, &s.lease, false) == 0);
	check_counts(nl, want, ARRAY_SIZE(want), true);
	CHECK(put_lease(nl, NFT_ADD, &s.lease, false) == 0); /* there already */
	check_elements_text();
	b = nft_begin(nl);
	nft_put_app_rule(b, NFT_ADD, &s.lease, &s.lease.rules[5], &peer);
	CHECK(nft_commit(b, false) == 0 && count(nl, "out_allow4") == 2);
	/* its ports are taken, and nothing else of it is put */
	sample_init(&other, "web2");
	other.members[0].ip[IP4] = ip("10.78.0.6");
	other.members[0].ip[IP6] = ip("fd00::6");
	CHECK(put_lease(nl, NFT_ADD, &other.lease, false) == -EEXIST);
	check_counts(nl, want, 8, true);
	b = nft_begin(nl);
	nft_put_app_rule(b, NFT_DELETE, &s.lease, &s.lease.rules[5], &peer);
	CHECK(nft_commit(b, false) == 0 && count(nl, "out_allow4") == 0);
	CHECK(put_lease(nl, NFT_DELETE, &s.lease, false) == 0);
	check_counts(nl, want, ARRAY_SIZE(want), false);
}

/* What is missing is no reason to keep the rest. */
static void check_tolerant(struct nl *nl)
{
	static const struct expected want[] = {{"leases4", 2}, {"publish4", 2}, {"in_allow4", 14}};
	struct sample s, part;

	sample_init(&s, "web");
	sample_init(&part, "web");
	part.lease.n_publish = 2;
	part.lease.n_rules = 1;
	CHECK(put_lease(nl, NFT_DELETE, &s.lease, true) == 0);
	CHECK(put_lease(nl, NFT_ADD, &s.lease, false) == 0);
	CHECK(put_lease(nl, NFT_DELETE, &part.lease, true) == 0 && count(nl, "leases4") == 0);
	CHECK(put_lease(nl, NFT_DELETE, &s.lease, false) == -ENOENT);
	CHECK(count(nl, "publish6") > 0);
	CHECK(put_lease(nl, NFT_DELETE, &s.lease, true) == 0);
	check_counts(nl, want, ARRAY_SIZE(want), false);
}

static int delete_table(struct nl *nl)
{
	struct nft_batch *b = nft_begin(nl);

	nft_table_message(nl, NFT_MSG_DELTABLE, 0);
	return nft_commit(b, false);
}

int main(void)
{
	struct nl nl = {.fd = -1};
	struct sample s;

	check_random_boxes();
	check_rules();
	check_app_rules();
	if (!world_enter())
		return test_report();
	if (CHECK(nl_open(&nl, NETLINK_NETFILTER) == 0)) {
		check_table(&nl);
		check_lease(&nl);
		check_tolerant(&nl);
		sample_init(&s, "web");
		CHECK(delete_table(&nl) == 0 && is_up(&nl) == 0);
		CHECK(put_lease(&nl, NFT_DELETE, &s.lease, true) == -ENOENT);
	}
	nl_close(&nl);
	return test_report();
}
