/**
 * crc32.h - the CRC-32 of zlib, PNG and Ethernet (reflected polynomial 0xedb88320).
 */
#pragma once

#include "lib/base/types.h"

/**
 * crc32_update - the CRC of a text, of which @crc is the CRC of what came before @data.
 * @crc: 0 at the beginning
 */
uint32_t crc32_update(uint32_t crc, const void *data, size_t size);
