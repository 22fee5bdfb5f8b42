/* SPDX-License-Identifier: MIT */
/* Writing and reading state.json. What is read was written by nap, but is checked like any input.
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/proc.h"
#include "lib/strv.h"
#include "unitgen/unitgen.h"
#include "userns.h"

#define STATE_MAX_BYTES (8U << 20)

static void add_process(struct buf *b, const char *pid_key, const char *start_key, pid_t pid)
{
	uint64_t start = 0;

	(void)proc_start_time(pid, &start); /* gone already: 0 matches no process */
	json_member_i64(b, pid_key, pid);
	json_member_i64(b, start_key, (int64_t)start);
}

static void add_command(struct buf *b, const struct spec *spec)
{
	auto_buf line = {0};

	STRV_FOREACH (a, spec->argv)
		buf_fmt(&line, "%s%s", line.len ? " " : "", *a);
	json_member(b, "command", line.data);
}

static int write_state(const struct container *c, int dirfd, int exit_code, bool finished)
{
	const struct spec *spec = c->spec;
	auto_buf b = {0};
	char boot[40];
	int r;

	r = proc_boot_id(boot);
	if (r < 0)
		return log_fail(r, "read the id of this boot");
	buf_char(&b, '{');
	json_member(&b, "id", spec->id);
	json_member(&b, "image", spec->image);
	json_member(&b, "image_id", spec->image_id);
	add_command(&b, spec);
	json_member(&b, "boot", boot);
	json_member_i64(&b, "created", c->created);
	json_member_bool(&b, "keep", spec->keep);
	if (userns_is_own(spec))
		json_member_i64(&b, "id_base", c->id_base);
	json_member(&b, "cgroup", c->cgroup);
	json_member(&b, "scope", c->scope);
	if (finished) {
		json_member_i64(&b, "finished", time(NULL));
		json_member_i64(&b, "exit_code", exit_code);
	} else {
		json_member_i64(&b, "owner", getpid());
		add_process(&b, "pid", "pid_start", c->app_pid);
		add_process(&b, "init_pid", "init_start", c->init_pid);
	}
	json_add_key(&b, "spec");
	spec_to_json(spec, &b);
	buf_str(&b, "}\n");
	if (b.error)
		return log_oom();
	r = fs_replace_file(dirfd, "state.json", b.data, b.len, 0600, false);
	return r < 0 ? log_fail(r, "write the state of %s", spec->id) : 0;
}

int state_save(const struct container *c)
{
	return write_state(c, c->run_dirfd, 0, false);
}

int state_save_exit(const struct container *c, int exit_code)
{
	auto_fd int dirfd = -1;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/containers/%s", c->paths->root, c->spec->id);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return log_fail(-errno, "open %s", path);
	return write_state(c, dirfd, exit_code, true);
}

static int take_process(const json_t *j, const char *pid_key, const char *start_key, pid_t *ret_pid,
			uint64_t *ret_start)
{
	int64_t pid = 0, start = 0;

	if (json_get_i64(j, pid_key, &pid) < 0 || json_get_i64(j, start_key, &start) < 0 ||
	    pid < 0 || pid > INT32_MAX)
		return -EBADMSG;
	*ret_pid = (pid_t)pid;
	*ret_start = (uint64_t)start;
	return 0;
}

static int take_state(struct state *s, const json_t *j)
{
	int64_t exit_code = 0, owner = 0, base = 0;
	json_t *spec = NULL;
	int r;

	if ((r = json_get_text(j, "id", &s->id)) < 0 ||
	    (r = json_get_text(j, "image", &s->image)) < 0 ||
	    (r = json_get_text(j, "image_id", &s->image_id)) < 0 ||
	    (r = json_get_text(j, "command", &s->command)) < 0 ||
	    (r = json_get_text(j, "boot", &s->boot)) < 0 ||
	    (r = json_get_text(j, "cgroup", &s->cgroup)) < 0 ||
	    (r = json_get_text(j, "scope", &s->scope)) < 0 ||
	    (r = take_process(j, "pid", "pid_start", &s->pid, &s->pid_start)) < 0 ||
	    (r = take_process(j, "init_pid", "init_start", &s->init_pid, &s->init_start)) < 0 ||
	    (r = json_get_i64(j, "owner", &owner)) < 0 ||
	    (r = json_get_i64(j, "created", &s->created)) < 0 ||
	    (r = json_get_i64(j, "finished", &s->finished)) < 0 ||
	    (r = json_get_i64(j, "exit_code", &exit_code)) < 0 ||
	    (r = json_get_bool(j, "keep", &s->keep)) < 0 ||
	    (r = json_get_i64(j, "id_base", &base)) < 0 ||
	    (r = json_get_object(j, "spec", &spec)) < 0)
		return r;
	s->exit_code = (int)exit_code;
	s->owner = (pid_t)owner;
	if (base < 0 || base >= UINT32_MAX)
		return -EBADMSG;
	s->id_base = (uint32_t)base;
	if (!s->id || !spec)
		return -EBADMSG;
	return spec_from_json(spec, &s->spec);
}

static int read_state(const struct paths *paths, const char *id, char **ret, size_t *ret_len)
{
	auto_free char *running = text_format("%s/state/%s/state.json", paths->runroot, id);
	auto_free char *kept = text_format("%s/containers/%s/state.json", paths->root, id);
	int r;

	if (!running || !kept)
		return -ENOMEM;
	/* where both are, a nap was killed that had already said how its container ended */
	r = fs_read_file(AT_FDCWD, kept, STATE_MAX_BYTES, ret, ret_len);
	if (r == -ENOENT)
		r = fs_read_file(AT_FDCWD, running, STATE_MAX_BYTES, ret, ret_len);
	return r;
}

int state_load(const struct paths *paths, const char *id, struct state **ret)
{
	auto_state struct state *s = calloc(1, sizeof(*s));
	auto_json json_t *j = NULL;
	char why[160] = "not a state";
	size_t len;
	int r;

	if (!s)
		return log_oom();
	if (!app_name_is_valid(id))
		return -ENOENT;
	r = read_state(paths, id, &s->text, &len);
	if (r == -ENOENT)
		return r;
	if (r < 0)
		return log_fail(r, "read the state of %s", id);
	r = json_parse(s->text, len, why, &j);
	if (r == 0)
		r = take_state(s, j);
	if (r < 0)
		return log_refuse(r, "state of %s: %s", id, why);
	*ret = TAKE_PTR(s);
	return 0;
}

void state_free(struct state *s)
{
	if (!s)
		return;
	free(s->id);
	free(s->image);
	free(s->image_id);
	free(s->command);
	free(s->boot);
	free(s->cgroup);
	free(s->scope);
	free(s->text);
	spec_free(s->spec);
	free(s);
}

static int open_process(const struct state *s, pid_t pid, uint64_t start)
{
	char boot[40];
	int r;

	if (!s->boot || s->finished)
		return -ESRCH;
	r = proc_boot_id(boot);
	if (r < 0)
		return r;
	return streq(s->boot, boot) ? proc_open(pid, start) : -ESRCH;
}

int state_open_app(const struct state *s)
{
	return open_process(s, s->pid, s->pid_start);
}

int state_open_init(const struct state *s)
{
	return open_process(s, s->init_pid, s->init_start);
}
