// The file that keeps legs over a crash, as text: lines to fields, fields to values. Whatever a full disk or a torn write
// has made of it, what comes out can be used.
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../media/codec.h"
#include "address.h"

namespace pbx::sip {

using Fields = std::map<std::string, std::string>;

/** By leg, the last value of each field; of a last line without its end, nothing. */
std::map<std::string, Fields> records_in(std::istream &file);

/** Empty where there is none. */
const std::string &get(const Fields &f, const char *key);
/** 0 where there is none. */
int64_t number(const Fields &f, const char *key);
/** A CSeq number (RFC 3261 section 8.1.1.5: below 2^31), so far below its end that a call can go on counting; -1: never seen. */
int cseq_in(const Fields &f, const char *key);
std::optional<Hop> hop_in(const Fields &f);
/** nullopt: there is none, or one that cannot be counted with. */
std::optional<media::Format> format_in(const Fields &f);
/** At most so many parts; the last one is the rest. */
std::vector<std::string> split(const std::string &text, char by, size_t parts);

}  // namespace pbx::sip
