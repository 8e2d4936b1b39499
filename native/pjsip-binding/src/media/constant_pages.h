// Memory that only the start of a program needed.
#pragma once

#include <cstddef>
#include <string>

namespace pbx::media {

/**
 * Takes the constants of a program's file (tables, texts, the engine's own modules) out of this process's resident memory.
 * They stay in the file and in the kernel's cache of it: what is read again is back after a fault of about a microsecond.
 * Only read-only private mappings of that file are touched, and none in which a page was ever written.
 * Returns how many bytes were resident; 0 when the kernel does not tell.
 */
size_t give_back_constants(const std::string &file);

/** The file that this process runs; empty when the kernel does not tell. */
std::string own_program();

}  // namespace pbx::media
