/* SPDX-License-Identifier: MIT */
/*
 * ROOT/ID: the claim of an id, the file status in it, and what both say about the status of a
 * container.
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/fs.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strv.h"

#define STATE_MAX_BYTES (8U << 20)
#define ID_MAX_BYTES 1024

const char *const oci_status_names[] = {"creating", "created", "running", "paused", "stopped"};

static bool id_is_valid(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
	size_t n = strlen(id);

	return n > 0 && n <= ID_MAX_BYTES && strspn(id, allowed) == n && !streq(id, ".") &&
	       !streq(id, "..");
}

static int check_id(const char *id)
{
	return id_is_valid(id) ? 0 : log_refuse(-EINVAL, "invalid container id \"%s\"", id);
}

static int open_root(const struct oci_options *o, bool make)
{
	int fd, r;

	if (make) {
		r = fs_mkdirs(AT_FDCWD, o->root, 0700);
		if (r < 0)
			return log_fail(r, "make %s", o->root);
	}
	fd = open(o->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int64_t now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int oci_state_claim(const struct oci_options *o, const char *id, struct oci_state *ret)
{
	auto_fd int root = -1;
	int r;

	*ret = (struct oci_state){.dirfd = -1, .created_usec = now_usec(), .creating = true};
	r = check_id(id);
	if (r < 0)
		return r;
	root = open_root(o, true);
	if (root < 0)
		return log_fail(root, "open %s", o->root);
	if (mkdirat(root, id, 0700) < 0)
		return errno == EEXIST ? log_refuse(-EEXIST, "container %s already exists", id)
				       : log_fail(-errno, "make %s/%s", o->root, id);
	ret->dirfd = openat(root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->dirfd < 0 || flock(ret->dirfd, LOCK_EX) < 0)
		return log_fail(-errno, "lock %s/%s", o->root, id);
	return text_set(&ret->id, id) < 0 ? log_oom() : 0;
}

int oci_state_save(const struct oci_state *s)
{
	auto_buf b = {0};
	int r;

	buf_char(&b, '{');
	json_member(&b, "version", s->version);
	json_member(&b, "id", s->id);
	json_member(&b, "bundle", s->bundle);
	json_member(&b, "rootfs", s->rootfs);
	json_member(&b, "boot", s->boot);
	json_member_i64(&b, "pid", s->pid);
	json_member_i64(&b, "process-start-time", (int64_t)s->pid_start);
	json_member_i64(&b, "created_usec", s->created_usec);
	json_member_strv(&b, "annotations", s->annotations);
	json_member_i64(&b, "cgroup_manager", s->cgroup.manager);
	json_member(&b, "cgroup", s->cgroup.dir);
	json_member(&b, "scope", s->cgroup.unit);
	if (s->cgroup.v1)
		json_member_strv(&b, "cgroups_v1", s->cgroup.v1);
	json_member_bool(&b, "new_pid_namespace", s->new_pid_namespace);
	json_member_bool(&b, "creating", s->creating);
	json_member_i64(&b, "hooks", s->hooks);
	json_member(&b, "external_descriptors", s->streams);
	buf_str(&b, "}\n");
	r = b.error ? b.error : fs_replace_locked(s->dirfd, "status", b.data, b.len, 0600);
	return r < 0 ? log_fail(r, "write the state of %s", s->id) : 0;
}

static int take_texts(struct oci_state *s, const json_t *j)
{
	const struct {
		const char *key;
		char **to;
	} texts[] = {
		{"version", &s->version},
		{"bundle", &s->bundle},
		{"rootfs", &s->rootfs},
		{"boot", &s->boot},
		{"cgroup", &s->cgroup.dir},
		{"scope", &s->cgroup.unit},
		{"external_descriptors", &s->streams},
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(texts); i++)
		r = json_get_text(j, texts[i].key, texts[i].to);
	if (r >= 0)
		r = json_get_strv(j, "annotations", &s->annotations);
	return r < 0 ? r : json_get_strv(j, "cgroups_v1", &s->cgroup.v1);
}

static int take_state(struct oci_state *s, const json_t *j)
{
	int64_t pid = 0, start = 0, manager = 0, hooks = 0;
	int r;

	r = take_texts(s, j);
	if (r < 0)
		return r;
	if (json_get_i64(j, "pid", &pid) < 0 || json_get_i64(j, "process-start-time", &start) < 0 ||
	    json_get_i64(j, "created_usec", &s->created_usec) < 0 ||
	    json_get_i64(j, "cgroup_manager", &manager) < 0 ||
	    json_get_bool(j, "new_pid_namespace", &s->new_pid_namespace) < 0 ||
	    json_get_bool(j, "creating", &s->creating) < 0 ||
	    json_get_i64(j, "hooks", &hooks) < 0 || pid < 0 || pid > INT32_MAX ||
	    manager < OCI_CGROUP_FS || manager > OCI_CGROUP_DISABLED)
		return -EBADMSG;
	s->pid = (pid_t)pid;
	s->pid_start = (uint64_t)start;
	s->hooks = (unsigned)hooks;
	s->cgroup.manager = (enum oci_cgroup_manager)manager;
	return 0;
}

/* Of a create that was killed there may be none: then nothing runs that state would tell of. */
static int read_state(struct oci_state *s)
{
	auto_free char *text = NULL;
	auto_json json_t *j = NULL;
	char why[160] = "not a state";
	size_t len;
	int r;

	r = fs_read_file(s->dirfd, "status", STATE_MAX_BYTES, &text, &len);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return log_fail(r, "read the state of %s", s->id);
	r = json_parse(text, len, why, &j);
	if (r == 0)
		r = take_state(s, j);
	return r < 0 ? log_refuse(r, "state of %s: %s", s->id, why) : 0;
}

int oci_state_load(const struct oci_options *o, const char *id, bool lock, struct oci_state *ret)
{
	CLEANUP(oci_state_done)
	struct oci_state s = {.dirfd = -1};
	auto_fd int root = -1;
	int r;

	r = check_id(id);
	if (r < 0)
		return r;
	root = open_root(o, false);
	s.dirfd = root < 0 ? -1 : openat(root, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root == -ENOENT || (root >= 0 && s.dirfd < 0 && errno == ENOENT))
		return log_refuse(-ENOENT, "container %s does not exist", id);
	if (s.dirfd < 0)
		return log_fail(root < 0 ? root : -errno, "open %s/%s", o->root, id);
	if (lock && flock(s.dirfd, LOCK_EX) < 0)
		return log_fail(-errno, "lock %s/%s", o->root, id);
	if (text_set(&s.id, id) < 0)
		return log_oom();
	r = read_state(&s);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct oci_state){.dirfd = -1};
	return 0;
}

bool oci_state_exists(const struct oci_options *o, const char *id)
{
	auto_fd int root = open_root(o, false);

	return root >= 0 ? !fs_is_absent(root, id) : root != -ENOENT;
}

int oci_state_remove(const struct oci_options *o, const struct oci_state *s)
{
	auto_fd int root = open_root(o, false);
	int r = root < 0 ? root : fs_remove_tree(root, s->id);

	return r < 0 && r != -ENOENT ? log_fail(r, "remove %s/%s", o->root, s->id) : 0;
}

void oci_state_done(struct oci_state *s)
{
	fd_drop(&s->dirfd);
	free(s->id);
	free(s->bundle);
	free(s->rootfs);
	free(s->version);
	free(s->boot);
	free(s->streams);
	strv_free(s->annotations);
	oci_cgroup_done(&s->cgroup);
	*s = (struct oci_state){.dirfd = -1};
}

int oci_state_open(const struct oci_state *s)
{
	char boot[40];

	if (!s->boot || s->pid == 0)
		return -ESRCH;
	if (proc_boot_id(boot) < 0 || !streq(s->boot, boot))
		return -ESRCH;
	return proc_open(s->pid, s->pid_start);
}

enum oci_status oci_status_of(const struct oci_state *s)
{
	auto_fd int pidfd = oci_state_open(s);

	if (pidfd < 0)
		return OCI_STOPPED;
	if (s->creating)
		return OCI_CREATING;
	/* as with runc also before it is started, which waits for ever then: crun says "created" */
	if (oci_cgroup_is_frozen(&s->cgroup))
		return OCI_PAUSED;
	return fs_is_absent(s->dirfd, "start") ? OCI_RUNNING : OCI_CREATED;
}

static void add_annotations(struct buf *out, char *const *annotations)
{
	if (!annotations || !*annotations)
		return;
	json_open_object(out, "annotations");
	for (char *const *a = annotations; *a; a++) {
		const char *value = strchr(*a, '=');
		auto_free char *key = value ? strndup(*a, (size_t)(value - *a)) : NULL;

		if (key)
			json_member(out, key, value + 1);
	}
	buf_char(out, '}');
}

void oci_state_document(const struct oci_state *s, enum oci_status status, struct buf *out)
{
	buf_char(out, '{');
	json_member(out, "ociVersion", s->version ? s->version : "1.2.0");
	json_member(out, "id", s->id);
	json_member(out, "status", oci_status_names[status]);
	json_member_i64(out, "pid", status == OCI_STOPPED ? 0 : s->pid);
	json_member(out, "bundle", s->bundle);
	json_member(out, "systemd-scope", s->cgroup.unit); /* crun's; more is allowed */
	add_annotations(out, s->annotations);
	buf_char(out, '}');
}
