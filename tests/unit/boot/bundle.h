/**
 * bundle.h - a boot bundle that is as it should be, for tests to boot or to spoil.
 */
#pragma once

#include <stdbool.h>

#include "abi/bundle.h"

#define GOOD_BUNDLE_BYTES (6 * 4096u)

/* Of its init: one page of text, two in the file, four in memory. */
#define GOOD_INIT_ENTRY        (INIT_BASE + 64)
#define GOOD_INIT_TEXT_BYTES   4096u
#define GOOD_INIT_FILE_BYTES   (2 * 4096u)
#define GOOD_INIT_MEMORY_BYTES (4 * 4096u)

/** good_bundle - write one to the GOOD_BUNDLE_BYTES at @memory. */
struct bundle_header *good_bundle(void *memory);

/** good_image - init in a bundle whose first entry it is. */
struct init_image *good_image(struct bundle_header *header);

/** make_sums - make the sums of header and table right again; @image_too: that of init first. */
void make_sums(struct bundle_header *header, bool image_too);
