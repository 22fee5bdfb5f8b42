/* SPDX-License-Identifier: MIT */
/*
 * Netlink messages made and taken apart. What comes in is checked as if somebody else than the
 * kernel could have written it: a length too many is never believed.
 */
#include "nl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* From how many bytes on the socket's send buffer is made to fit: its default is 208 KB. */
#define BUFFER_BYTES 65536U
/* A dump comes in pieces of this size at most. */
#define ANSWER_BYTES 32768U
#define MAX_ERRNO 4095 /* include/linux/err.h */
/* NLA_HDRLEN, without its sign. */
#define ATTR_HEADER sizeof(struct nlattr)

static void *payload(const struct nlattr *a)
{
	return (char *)a + ATTR_HEADER;
}

/* ---- making ---- */

int nl_open(struct nl *nl, int protocol)
{
	static const int on = 1;

	*nl = (struct nl){.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)};
	if (nl->fd < 0)
		return -errno;
	nl->sequence = 1;
	/* without them the reason is missing, nothing else */
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

void nl_renew(struct nl *nl)
{
	char answer[4096];

	nl_drop(nl);
	while (recv(nl->fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
	nl->sequence += 1U << 24;
}

void nl_close(struct nl *nl)
{
	fd_drop(&nl->fd);
	free(nl->data);
	nl->data = NULL;
	nl->len = nl->size = nl->n = 0;
}

static int make_room(struct nl *nl, size_t n)
{
	size_t size = nl->size ? nl->size : 4096;
	char *data;

	if (nl->error)
		return nl->error;
	while (size < nl->len + n)
		size *= 2;
	if (size == nl->size)
		return 0;
	data = realloc(nl->data, size);
	if (!data)
		return nl->error = -ENOMEM;
	nl->data = data;
	nl->size = size;
	return 0;
}

/* n bytes at the end of the message, zeroed up to the next one's alignment. NULL: no memory. */
static void *append(struct nl *nl, size_t n)
{
	struct nlmsghdr *h;
	void *at;

	n = NLMSG_ALIGN(n);
	if (make_room(nl, n) < 0)
		return NULL;
	at = memset(nl->data + nl->len, 0, n);
	nl->len += n;
	h = (void *)(nl->data + nl->message);
	h->nlmsg_len += (uint32_t)n;
	return at;
}

void *nl_mark(struct nl *nl, uint16_t type, uint16_t flags, size_t size)
{
	struct nlmsghdr *h;

	if (size > sizeof(nl->spare))
		nl->error = -EMSGSIZE;
	if (make_room(nl, NLMSG_SPACE(size)) < 0)
		return memset(nl->spare, 0, sizeof(nl->spare));
	nl->message = nl->len;
	h = append(nl, NLMSG_SPACE(size));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = nl->sequence + nl->n++;
	return NLMSG_DATA(h);
}

void *nl_request(struct nl *nl, uint16_t type, uint16_t flags, size_t size)
{
	void *header = nl_mark(nl, type, flags, size);

	nl->asking = nl->message;
	return header;
}

void nl_put(struct nl *nl, uint16_t type, const void *data, size_t n)
{
	struct nlattr *a;

	if (n > UINT16_MAX - ATTR_HEADER)
		nl->error = -EMSGSIZE;
	a = append(nl, ATTR_HEADER + n);
	if (!a)
		return;
	a->nla_type = type;
	a->nla_len = (uint16_t)(ATTR_HEADER + n);
	if (n > 0)
		memcpy(payload(a), data, n);
}

void nl_put_u8(struct nl *nl, uint16_t type, uint8_t value)
{
	nl_put(nl, type, &value, sizeof(value));
}

void nl_put_u16(struct nl *nl, uint16_t type, uint16_t value)
{
	nl_put(nl, type, &value, sizeof(value));
}

void nl_put_u32(struct nl *nl, uint16_t type, uint32_t value)
{
	nl_put(nl, type, &value, sizeof(value));
}

void nl_put_text(struct nl *nl, uint16_t type, const char *value)
{
	nl_put(nl, type, value, strlen(value) + 1);
}

void nl_put_ip(struct nl *nl, uint16_t type, const struct ip_address *a)
{
	nl_put(nl, type, a->bytes, ip_bytes(a));
}

void nl_put_raw(struct nl *nl, const void *data, size_t n)
{
	void *at = append(nl, n);

	if (at)
		memcpy(at, data, n);
}

size_t nl_nest(struct nl *nl, uint16_t type)
{
	size_t at = nl->len;

	nl_put(nl, type | NLA_F_NESTED, NULL, 0);
	return at;
}

void nl_end(struct nl *nl, size_t nest)
{
	struct nlattr *a;

	if (nl->error)
		return;
	if (nl->len - nest > UINT16_MAX) {
		nl->error = -EMSGSIZE;
		return;
	}
	a = (void *)(nl->data + nest);
	a->nla_len = (uint16_t)(nl->len - nest);
}

/* ---- taking apart ---- */

const void *nl_header(const struct nlmsghdr *h, size_t size)
{
	return h->nlmsg_len >= NLMSG_LENGTH(size) ? NLMSG_DATA(h) : NULL;
}

/* The attribute at p if all of it lies before end, else NULL. */
static const struct nlattr *whole(const char *p, const char *end)
{
	const struct nlattr *a = (const void *)p;

	if (p > end || (size_t)(end - p) < sizeof(*a) || a->nla_len < sizeof(*a) ||
	    a->nla_len > (size_t)(end - p))
		return NULL;
	return a;
}

static const struct nlattr *find(const char *p, const char *end, uint16_t type)
{
	const struct nlattr *a;

	for (; (a = whole(p, end)); p += NLA_ALIGN(a->nla_len))
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

const struct nlattr *nl_find(const struct nlmsghdr *h, size_t size, uint16_t type)
{
	const char *p = (const char *)h;

	return find(p + NLMSG_SPACE(size), p + h->nlmsg_len, type);
}

const struct nlattr *nl_find_in(const struct nlattr *nest, uint16_t type)
{
	return nest ? find(payload(nest), (const char *)nest + nest->nla_len, type) : NULL;
}

const struct nlattr *nl_next_in(const struct nlattr *nest, const struct nlattr *previous)
{
	const char *p = (const char *)previous;

	if (!nest)
		return NULL;
	p = previous ? p + NLA_ALIGN(previous->nla_len) : payload(nest);
	return whole(p, (const char *)nest + nest->nla_len);
}

const void *nl_get(const struct nlattr *a, size_t n)
{
	return a && a->nla_len >= ATTR_HEADER + n ? payload(a) : NULL;
}

uint32_t nl_get_u32(const struct nlattr *a, uint32_t fallback)
{
	const void *p = nl_get(a, sizeof(fallback));

	if (p)
		memcpy(&fallback, p, sizeof(fallback));
	return fallback;
}

const char *nl_get_text(const struct nlattr *a)
{
	const char *s = nl_get(a, 1);

	return s && memchr(s, '\0', a->nla_len - ATTR_HEADER) ? s : NULL;
}

struct ip_address nl_get_ip(const struct nlattr *a, int family)
{
	struct ip_address ip = {.family = family};

	if (!a || a->nla_len != ATTR_HEADER + ip_bytes(&ip))
		return (struct ip_address){0};
	memcpy(ip.bytes, payload(a), ip_bytes(&ip));
	return ip;
}

/* ---- sending ---- */

/* What a batch, or a query, has come to so far. */
struct answer {
	uint32_t first, last; /* sequence numbers that were sent */
	uint32_t end;	      /* the one whose answer is the last */
	bool ended;
	int error; /* of the message failed */
	uint32_t failed;
	int (*each)(const struct nlmsghdr *h, void *data);
	void *data;
	int result; /* of each */
};

/* The text of an extended ack lies behind the copy of the request, or of its header alone. */
static void keep_reason(struct nl *nl, const struct nlmsghdr *h, const struct nlmsgerr *e)
{
	size_t skip = sizeof(*e);
	const char *text = NULL;

	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof(e->msg))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if ((h->nlmsg_flags & NLM_F_ACK_TLVS) && skip < h->nlmsg_len)
		text = nl_get_text(nl_find(h, skip, NLMSGERR_ATTR_MSG));
	*nl->why = '\0';
	if (text)
		strncat(nl->why, text, sizeof(nl->why) - 1);
}

/* 0 as well: no error. */
static bool is_errno(int error)
{
	return error <= 0 && error >= -MAX_ERRNO;
}

static int take_error(struct nl *nl, const struct nlmsghdr *h, struct answer *a)
{
	const struct nlmsgerr *e = nl_header(h, sizeof(*e));

	if (!e || !is_errno(e->error))
		return -EPROTO;
	if (e->error < 0 && (!a->error || h->nlmsg_seq - a->first < a->failed - a->first)) {
		a->error = e->error;
		a->failed = h->nlmsg_seq;
		keep_reason(nl, h, e);
	}
	a->ended = a->ended || h->nlmsg_seq == a->end;
	return 0;
}

/* NLMSG_DONE carries the errno of a dump that failed underway. */
static int take_done(const struct nlmsghdr *h, struct answer *a)
{
	const int *error = nl_header(h, sizeof(*error));

	a->ended = true;
	if (error && !is_errno(*error))
		return -EPROTO;
	if (error && *error < 0 && !a->error) {
		a->error = *error;
		a->failed = h->nlmsg_seq;
	}
	return 0;
}

static int take_message(struct nl *nl, const struct nlmsghdr *h, struct answer *a)
{
	if (h->nlmsg_seq - a->first > a->last - a->first)
		return 0; /* of an earlier batch */
	if (h->nlmsg_type == NLMSG_ERROR)
		return take_error(nl, h, a);
	if (h->nlmsg_type == NLMSG_DONE)
		return take_done(h, a);
	if (h->nlmsg_type >= NLMSG_MIN_TYPE && a->each && a->result == 0)
		a->result = a->each(h, a->data);
	return 0;
}

/* One piece of what the kernel has to say: several messages of a dump, or one answer. */
static int receive(struct nl *nl, struct answer *a)
{
	_Alignas(NLMSG_ALIGNTO) char data[ANSWER_BYTES];
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(nl->fd, &m, MSG_DONTWAIT);
	const char *p = data, *end = data;
	int r = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (m.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	if (n == 0)
		return -EPROTO;
	if (from.nl_pid != 0)
		return 0; /* another process, not the kernel */
	end += n;
	while (r == 0 && p < end) {
		const struct nlmsghdr *h = (const void *)p;

		if ((size_t)(end - p) < sizeof(*h) || h->nlmsg_len < sizeof(*h) ||
		    h->nlmsg_len > (size_t)(end - p))
			return -EPROTO;
		r = take_message(nl, h, a);
		if (NLMSG_ALIGN(h->nlmsg_len) >= (size_t)(end - p))
			break;
		p += NLMSG_ALIGN(h->nlmsg_len);
	}
	return r;
}

/* A batch of nf_tables must be one datagram. Without the privilege the system's limit stands. */
static void fit_buffer(int fd, size_t n)
{
	int size = n > INT32_MAX / 2 ? INT32_MAX / 2 : (int)n + 4096;

	if (n > BUFFER_BYTES && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int transmit(struct nl *nl, uint32_t *ret_end)
{
	struct nlmsghdr *h = (void *)(nl->data + nl->asking);
	ssize_t n;

	h->nlmsg_flags |= NLM_F_ACK;
	*ret_end = h->nlmsg_seq;
	fit_buffer(nl->fd, nl->len);
	do {
		n = send(nl->fd, nl->data, nl->len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == nl->len ? 0 : -EIO;
}

/* The sequence numbers of what is dropped do not come again. */
void nl_drop(struct nl *nl)
{
	nl->sequence += nl->n;
	nl->len = nl->asking = nl->message = 0;
	nl->n = 0;
	nl->error = 0;
}

/* Until the last answer, or the end of what there is to read: nf_tables may give up without a word
 * on single messages, and answers to many that failed may be too many for the socket. */
static int receive_all(struct nl *nl, struct answer *a)
{
	int missing = -EPROTO, r = 0;

	while (r == 0 && !a->ended) {
		r = receive(nl, a);
		if (r == -ENOBUFS) {
			missing = r;
			r = 0;
		}
	}
	if (r == -EAGAIN)
		r = a->error ? 0 : missing;
	return r;
}

static int exchange(struct nl *nl, struct answer *a)
{
	int r;

	*nl->why = '\0';
	r = nl->error;
	if (r == 0 && nl->n > 0) {
		a->first = nl->sequence;
		a->last = nl->sequence + nl->n - 1;
		r = transmit(nl, &a->end);
		if (r == 0)
			r = receive_all(nl, a);
	}
	nl_drop(nl);
	return r;
}

int nl_send(struct nl *nl, unsigned *ret_failed)
{
	struct answer a = {0};
	int r = exchange(nl, &a);

	if (ret_failed)
		*ret_failed = a.error ? a.failed - a.first : 0;
	return r < 0 ? r : a.error;
}

int nl_query(struct nl *nl, int (*each)(const struct nlmsghdr *h, void *data), void *data)
{
	struct answer a = {.each = each, .data = data};
	int r = exchange(nl, &a);

	if (r < 0)
		return r;
	return a.error ? a.error : a.result;
}
