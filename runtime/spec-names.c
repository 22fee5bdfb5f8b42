/* SPDX-License-Identifier: MIT */
/* Names: what the files about hosts and resolvers will hold, and the labels that people put on. */
#include <errno.h>
#include <string.h>

#include "hosts.h"
#include "image/image.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "origin.h"
#include "spec-parts.h"

static int set_hosts(struct spec *spec, const struct request *q)
{
	STRV_FOREACH (h, q->add_host)
		if (!hosts_entry_is_valid(*h))
			return request_refuse(q, "add-host", *h, "not NAME:ADDRESS");
	return strv_extend(&spec->add_host, q->add_host) < 0 ? log_oom() : 0;
}

static int set_resolvers(struct spec *spec, const struct request *q)
{
	STRV_FOREACH (d, q->dns)
		if (!address_is_valid(*d))
			return request_refuse(q, "dns", *d, "not an IP address");
	STRV_FOREACH (s, q->dns_search)
		if (!search_domain_is_valid(*s))
			return request_refuse(q, "dns-search", *s, "not a domain");
	STRV_FOREACH (o, q->dns_option)
		if (!resolver_option_is_valid(*o))
			return request_refuse(q, "dns-option", *o, "not a resolver's option");
	if (strv_extend(&spec->dns, q->dns) < 0 ||
	    strv_extend(&spec->dns_search, q->dns_search) < 0 ||
	    strv_extend(&spec->dns_option, q->dns_option) < 0)
		return log_oom();
	return 0;
}

/* NAME=value, or NAME alone, whose value is empty then; later ones override. */
static int set_labels(char ***labels, const struct request *q, char **texts, const char *option)
{
	STRV_FOREACH (text, texts) {
		auto_free char *empty = NULL;
		const char *label = *text;

		if (!*label || *label == '=')
			return request_refuse(q, option, label, "not NAME=VALUE");
		if (!strchr(label, '=')) {
			empty = text_format("%s=", label);
			if (!empty)
				return log_oom();
			label = empty;
		}
		if (env_set(labels, label) < 0)
			return log_oom();
	}
	return 0;
}

int spec_set_names(struct spec *spec, const struct request *q, const struct image_config *c)
{
	int r = set_hosts(spec, q);

	if (r == 0)
		r = set_resolvers(spec, q);
	if (r == 0 && strv_extend(&spec->labels, c->labels) < 0)
		r = log_oom();
	if (r == 0)
		r = set_labels(&spec->labels, q, q->labels, "label");
	return r == 0 ? set_labels(&spec->annotations, q, q->annotations, "annotation") : r;
}
