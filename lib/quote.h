/* SPDX-License-Identifier: MIT */
/*
 * Words as unit files write them (systemd.syntax(7), "Quoting"): separated by blanks; '...' and
 * "..." hold blanks, anywhere in a word; C escapes count everywhere: \n \t \\ \" \' \s (a blank)
 * \xHH \NNN \uXXXX \UXXXXXXXX. No NUL, no half of a surrogate pair. Nothing here reports.
 */
#pragma once

struct buf;

/* Append the words of text to *words. -EINVAL with *ret_why ("the quote is not closed"), or
 * -ENOMEM; *words is as before then. */
int quote_split(const char *text, char ***words, const char **ret_why);
/*
 * The same of a command that may also be a JSON list: text that begins with '[' is one. "[]" gives
 * no words, as an empty text does.
 */
int quote_split_command(const char *text, char ***words, const char **ret_why);
/* Append word to out, quoted where needed, behind a blank unless out is empty or ends in one:
 * quote_split gives it back. Specifiers and variables ('%', '$') are the caller's to double. */
void quote_add(struct buf *out, const char *word);
