/* SPDX-License-Identifier: MIT */
/* The tables of names that profiles are made of, but for those of system calls. */
#include "seccomp-names.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>

#include "bpf.h"
#include "lib/text.h"

const struct seccomp_action seccomp_actions[] = {
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, 0, false},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, 1, false},
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, 1, false},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, 2, false},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, 3, true},
	{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, 4, false},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, 5, true},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG, 6, false},
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, 7, false},
	{0},
};

const struct seccomp_name seccomp_operators[] = {
	{"SCMP_CMP_EQ", BPF_OP_EQ}, {"SCMP_CMP_GE", BPF_OP_GE},
	{"SCMP_CMP_GT", BPF_OP_GT}, {"SCMP_CMP_LE", BPF_OP_LE},
	{"SCMP_CMP_LT", BPF_OP_LT}, {"SCMP_CMP_MASKED_EQ", BPF_OP_EQ},
	{"SCMP_CMP_NE", BPF_OP_NE}, {0},
};

const struct seccomp_name seccomp_flags[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
	{0},
};

const struct seccomp_name seccomp_archs[] = {
	{"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
	{"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
	{"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
	{"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
	{"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
	{"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
	{"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
	{"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
	{"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC},
	{"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64},
	{"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
	{"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
	{"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
	{"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
	{"SCMP_ARCH_S390", SCMP_ARCH_S390},
	{"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
	{"SCMP_ARCH_X32", SCMP_ARCH_X32},
	{"SCMP_ARCH_X86", SCMP_ARCH_X86},
	{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
	{0},
};

const struct seccomp_name *seccomp_find(const struct seccomp_name *table, const char *name)
{
	for (; table->name; table++)
		if (streq(table->name, name))
			return table;
	return NULL;
}
