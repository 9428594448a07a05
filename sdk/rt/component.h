/**
 * component.h - what a native program knows about itself, and how it ends.
 *
 * A program defines component_main(); it runs on the first thread with everything that the manifest
 * grants already in place.
 */
#pragma once

#include <corm/status.h>
#include "abi/component.h"
#include "lib/base/check.h"
#include "lib/base/types.h"

/** component_main - the program. Returning is component_exit() with the returned status. */
int component_main(const struct component_info *info);

/** component_self - the information that init gave this program. Constant. Any thread. */
const struct component_info *component_self(void);

/** component_status - the status page: all components as init sees them. Read-only. */
const struct status_page *component_status(void);

/**
 * component_exit - end the whole component.
 * @status: kept for the list of components; 0 means that it is not to be started again
 * @why:    last words; at most 111 characters are kept
 *
 * init applies the restart policy. Any thread that has the component's fault endpoint.
 */
NORETURN COLD void component_exit(int status, const char *why);

/** component_take_seed - bytes that nobody can predict, and that nobody else has; false if there
 * are none, or they were taken before. Before there is a second thread. */
MUST_USE bool component_take_seed(uint8_t seed[COMPONENT_SEED_BYTES]);

/** component_device - the first device of @kind that the manifest grants, or NULL. */
const struct component_device *component_device(const struct component_info *info,
                                                enum device_kind kind);

/** peer_generation - generation of the component @index of the status page. */
uint32_t peer_generation(uint32_t index);

/** peer_available - it runs or will run again: not quarantined, not stopped. */
bool peer_available(uint32_t index);

/** heartbeat_answer - tell init that all work which waited has been done. Event loop only. */
void heartbeat_answer(void);
