// The list of targets.
#include "target.h"

namespace pbx::fuzz {

Target datagram();
std::vector<Target> sip_text();
std::vector<Target> packets();
std::vector<Target> files();
std::vector<Target> records();
Target stream();

std::vector<Target> targets() {
  std::vector<Target> out{datagram(), stream()};
  for (const auto &some : {sip_text(), packets(), files(), records()}) out.insert(out.end(), some.begin(), some.end());
  return out;
}

}  // namespace pbx::fuzz
