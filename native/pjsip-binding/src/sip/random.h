// Random bytes for identifiers, salts and dice, fetched from the generator by the thousand: one call for each costs more
// than what it is used for.
#pragma once

#include <cstddef>
#include <string>

namespace pbx::sip {

/** Bytes that nobody can guess; throws std::runtime_error where the system has none. Any thread. */
void draw(void *into, size_t size);

/** `count` characters of 0-9 and a-v, five random bits each. */
void draw_text(char *into, size_t count);

/** `prefix` and a hundred random bits. */
std::string random_id(const char *prefix);

}  // namespace pbx::sip
