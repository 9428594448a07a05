/**
 * test_crc32.c - the fast CRC.
 */
#define CRC32_NAME "slicing by 8"
#include "tests/unit/base/test_crc32.h"
