// Who may speak to a port whose leg has connectivity checks or a handshake.
#include "door.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "address.h"

namespace pbx::media {
namespace {

/** A phone in two networks has some ways to the box; who knows the password and shows up from a hundred costs no memory. */
constexpr size_t most_found = 8;
/** A handshake costs as much as many packets: who cannot end one does not begin more than these. */
constexpr int most_tries = 8;
constexpr uint64_t another_try_us = 5'000'000;

}  // namespace

Door::Door(std::shared_ptr<const DtlsIdentity> identity, const Access &access) : identity_(std::move(identity)), access_(access), tries_(most_tries) {}

void Door::change(const Access &access) {
  if (!(access.ice == access_.ice)) stale_ = {true, true};
  if (!(access.dtls == access_.dtls)) {
    session_.reset();
    keyed_ = false;
    fresh_ = {};
    tries_ = most_tries;
    // Another certificate may be another machine's.
    if (access.ice.empty()) partner_ = {};
  }
  access_ = access;
}

IceCheck Door::check(Component component, std::string_view packet, const Address &from) {
  if (!checks()) return {};
  IceCheck check = check_of(packet, from, access_.ice);
  if (check.verdict == IceCheck::Verdict::valid) remember(component, from);
  return check;
}

bool Door::knows(Component component, const Address &from) const {
  return std::any_of(found_[component].begin(), found_[component].end(), [&](const Address &one) { return same_endpoint(one, from); });
}

void Door::remember(Component component, const Address &from) {
  auto &found = found_[component];
  if (stale_[component]) found.clear();
  stale_[component] = false;
  if (knows(component, from)) return;
  if (found.size() == most_found) found.erase(found.begin());
  found.push_back(from);
}

std::vector<std::string> Door::hear(std::string_view datagram, const Address &from, uint64_t now_us) {
  const bool same = is_reachable(partner_) && same_endpoint(partner_, from);
  const bool lost = !session_ || session_->state() == DtlsSession::State::failed;
  const bool hello = !access_.dtls.begins && is_hello(datagram);
  // Until it has ended a handshake may begin anew elsewhere: checks find another way, or a first hello came from nobody.
  if (!keyed_ && hello && (lost || (!same && !checks())) && !begin(now_us)) return {};
  if (!session_ || session_->state() == DtlsSession::State::failed) return {};
  // The way of one handshake may change where checks vouch for both ends; elsewhere its partner is who began it.
  if (!same && !checks() && !hello && is_reachable(partner_)) return {};
  if (!same && keyed_ && !checks()) return {};
  partner_ = from;
  session_->hear(datagram);
  settle();
  return session_->take_out();
}

std::vector<std::string> Door::tick(uint64_t now_us) {
  if (!shakes_hands() || keyed_) return {};
  if (access_.dtls.begins && (!session_ || session_->state() == DtlsSession::State::failed)) {
    if (!begin(now_us)) return {};
    session_->begin();
  } else {
    if (!is_shaking()) return {};
    session_->tick();
  }
  settle();
  return session_->take_out();
}

bool Door::is_shaking() const { return shakes_hands() && !keyed_ && (access_.dtls.begins || (session_ && session_->state() == DtlsSession::State::shaking)); }

SrtpKeys Door::take_keys() { return std::exchange(fresh_, SrtpKeys{}); }

bool Door::begin(uint64_t now_us) {
  if (tries_ < most_tries && now_us - tried_us_ >= another_try_us) ++tries_;
  if (tries_ == 0) return false;
  --tries_;
  tried_us_ = now_us;
  try {
    session_ = std::make_unique<DtlsSession>(identity_, access_.dtls);
  } catch (const std::runtime_error &) {
    ++failures_;
    session_.reset();
  }
  return session_ != nullptr;
}

void Door::settle() {
  if (keyed_ || session_->state() == DtlsSession::State::shaking) return;
  if (session_->state() == DtlsSession::State::failed) {
    ++failures_;
    return;
  }
  fresh_ = session_->keys();
  keyed_ = true;
}

}  // namespace pbx::media
