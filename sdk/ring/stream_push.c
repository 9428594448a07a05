/**
 * stream_push.c - working on the client's time; apart, because init, which calls nobody, links the
 * rest of the client.
 */
#include <corm/stream_client.h>
#include "sdk/ring/stream_client.h"

status_t stream_client_push(struct stream_client *stream) { return stream_work(&stream->session); }
