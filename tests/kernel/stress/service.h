/**
 * service.h - what servers answer.
 */
#pragma once

#include "abi/message.h"
#include "lib/base/bits.h"
#include "lib/base/types.h"
#include "tests/kernel/stress/stress.h"

#define SERVICE_BADGES (WORKERS + SERVERS) /* 1 + the worker, or WORKERS + 1 + the server */
#define SERVICE_NESTS  3u /* one call in so many makes the server call the next one */

static inline struct message service_request(uint64_t first, uint32_t label, uint32_t count)
{
    struct message m = {.tag = TAG(label, count)};
    for (uint32_t i = 0; i < count; i++)
        m.words[i] = first + i * 0x9e3779b97f4a7c15ull;
    return m;
}

/* As many words, each another one; the label raised. */
static inline struct message service_answer(const struct message *request)
{
    const uint32_t count = tag_count_words(request->tag);
    struct message m = {.tag = TAG(tag_label(request->tag) + 1, count)};
    for (uint32_t i = 0; i < count && i < MESSAGE_WORDS; i++)
        m.words[i] = ~request->words[i] + i;
    return m;
}

/** service_answered - every word and the tag are as they must be; words beyond the count mean
 * nothing.
 */
static inline bool service_answered(const struct message *request, const struct message *answer)
{
    const struct message wanted = service_answer(request);
    for (uint32_t i = 0; i < tag_count_words(wanted.tag); i++)
        if (answer->words[i] != wanted.words[i])
            return false;
    return (uint32_t)wanted.tag == (uint32_t)answer->tag;
}
