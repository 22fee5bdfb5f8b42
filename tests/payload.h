/* SPDX-License-Identifier: MIT */
/* What the files of the test program share: a report is a section of `payload report`. */
#pragma once

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Print "ready" and wait for signals for ever. */
__attribute__((noreturn)) void say_and_wait(void);
/* "ok", or the name of errno. */
const char *result(long r);

/* payload-service.c */
void report_service(void);
void report_credentials(void);
int cmd_notify(int argc, char **argv);
int cmd_watchdog(int argc, char **argv);
int cmd_fdstore(int argc, char **argv);
int cmd_accept(int argc, char **argv);
int cmd_ask(int argc, char **argv);

/* payload-net.c */
int cmd_serve(int argc, char **argv);
int cmd_talk(int argc, char **argv);
int cmd_forge(int argc, char **argv);
int cmd_claim(int argc, char **argv);
