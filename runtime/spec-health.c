/* SPDX-License-Identifier: MIT */
/*
 * The health check: the image's HEALTHCHECK (docker's image-spec v1.2, "Healthcheck"), and over it
 * what was asked for, which is podman's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/probe.h"
#include "lib/strv.h"
#include "origin.h"
#include "spec-parts.h"

#define NSEC_PER_USEC 1000
#define DEFAULT_USEC (UINT64_C(30) * 1000000)
#define DEFAULT_RETRIES 3

/* Nanoseconds; 0 is "as usual". */
static int take_time(const json_t *j, const char *key, uint64_t *usec)
{
	int64_t v = 0;

	if (json_get_i64(j, key, &v) < 0 || v < 0)
		return -EBADMSG;
	if (v > 0)
		*usec = v < NSEC_PER_USEC ? 1 : (uint64_t)v / NSEC_PER_USEC;
	return 0;
}

static int take_healthcheck(const json_t *j, struct health_spec *h)
{
	auto_strv char **test = NULL;
	int64_t retries = 0;
	int r;

	if ((r = json_get_strv(j, "Test", &test)) < 0 ||
	    (r = take_time(j, "Interval", &h->probe.interval_usec)) < 0 ||
	    (r = take_time(j, "Timeout", &h->probe.timeout_usec)) < 0 ||
	    (r = take_time(j, "StartPeriod", &h->start_period_usec)) < 0 ||
	    (r = json_get_i64(j, "Retries", &retries)) < 0)
		return r;
	if (retries < 0 || retries > INT32_MAX)
		return -EBADMSG;
	if (retries > 0)
		h->probe.retries = (unsigned)retries;
	return probe_from_test(test, &h->probe.argv);
}

/* An image with a strange one runs all the same, without it. */
static int from_image(struct spec *spec, const char *text)
{
	struct health_spec h = spec->health;
	auto_json json_t *j = NULL;
	char why[160];
	int r;

	r = json_parse(text, strlen(text), why, &j);
	if (r == 0)
		r = take_healthcheck(j, &h);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		log_warn("Healthcheck of the image %s is malformed: there is none", spec->image);
	else
		spec->health = h;
	return 0;
}

/* ---- what was asked for ---- */

static int take_command(const struct request *q, const char *option, const char *v,
			struct probe_spec *p)
{
	const char *why = NULL;
	char **argv;
	int r;

	if (!v)
		return 0;
	r = probe_parse(v, &argv, &why);
	if (r == -ENOMEM)
		return log_oom();
	if (r < 0)
		return request_refuse(q, option, v, why);
	strv_free(p->argv);
	p->argv = argv;
	return 0;
}

static int take_span(const struct request *q, const char *option, const char *v, uint64_t *usec)
{
	if (v && parse_duration(v, usec) < 0)
		return request_refuse(q, option, v, "not a time span");
	return 0;
}

static int take_count(const struct request *q, const char *option, const char *v, unsigned *ret)
{
	uint32_t n;

	if (!v)
		return 0;
	if (parse_u32(v, 0, INT32_MAX, &n) < 0)
		return request_refuse(q, option, v, "not a number");
	*ret = n;
	return 0;
}

/* Any failure action is systemd's: the watchdog is no longer fed. */
static int take_action(const struct request *q, const char *v, bool *watchdog)
{
	static const char *const actions[] = {"kill", "restart", "stop"};

	*watchdog = false;
	if (!v || streq(v, "none"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		*watchdog |= streq(v, actions[i]);
	return *watchdog ? 0
			 : request_refuse(q, "health-on-failure", v,
					  "not none, kill, restart or stop");
}

static int from_request(struct health_spec *h, const struct request *q)
{
	const struct health_request *w = &q->health;
	int r;

	if ((r = take_command(q, "health-cmd", w->cmd, &h->probe)) < 0 ||
	    (r = take_span(q, "health-interval", w->interval, &h->probe.interval_usec)) < 0 ||
	    (r = take_span(q, "health-timeout", w->timeout, &h->probe.timeout_usec)) < 0 ||
	    (r = take_count(q, "health-retries", w->retries, &h->probe.retries)) < 0 ||
	    (r = take_span(q, "health-start-period", w->start_period, &h->start_period_usec)) < 0 ||
	    (r = take_command(q, "health-startup-cmd", w->startup_cmd, &h->startup)) < 0 ||
	    (r = take_span(q, "health-startup-interval", w->startup_interval,
			   &h->startup.interval_usec)) < 0 ||
	    (r = take_span(q, "health-startup-timeout", w->startup_timeout,
			   &h->startup.timeout_usec)) < 0 ||
	    (r = take_count(q, "health-startup-retries", w->startup_retries, &h->startup.retries)) <
		    0 ||
	    (r = take_count(q, "health-startup-success", w->startup_success,
			    &h->startup_successes)) < 0)
		return r;
	return take_action(q, w->on_failure, &h->watchdog);
}

int spec_set_health(struct spec *spec, const struct request *q, const struct image_config *c)
{
	struct health_spec *h = &spec->health;
	int r;

	h->probe.interval_usec = h->probe.timeout_usec = DEFAULT_USEC;
	h->probe.retries = DEFAULT_RETRIES;
	h->startup.interval_usec = h->startup.timeout_usec = DEFAULT_USEC;
	h->startup_successes = 1;
	r = c->healthcheck ? from_image(spec, c->healthcheck) : 0;
	if (r == 0)
		r = from_request(h, q);
	if (h->probe.retries == 0)
		h->probe.retries = DEFAULT_RETRIES; /* docker's "as usual" */
	if (h->startup_successes == 0)
		h->startup_successes = 1;
	return r;
}
