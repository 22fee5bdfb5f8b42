/* SPDX-License-Identifier: MIT */
/* The fixed part of the table inet nap, and how messages about it begin. */
#pragma once

#include <stdint.h>

struct nl;

/* A message of type NFT_MSG_, flags NLM_F_, of which the table's name is the first attribute. */
void nft_table_message(struct nl *nl, uint16_t type, uint16_t flags);
/* Put the messages that take away the table if it is there, and make it. */
void nft_table_put(struct nl *nl);
