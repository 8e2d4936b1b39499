// Commands about the networks that the box stands in: which they are, and what is heard there of multicast.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>
#include <map>

#include "../media/group_ear.h"
#include "host.h"
#include "read.h"

namespace pbx::binding {
namespace {

using Info = const Napi::CallbackInfo &;

constexpr size_t most_at_once = 64;

media::GroupEar &ear() {
  static media::GroupEar *const one = new media::GroupEar;
  return *one;
}

/** What prevents it, as the system's own word; empty when nothing does. */
Napi::Value reason(Info info, int error) { return Napi::String::New(info.Env(), error == 0 ? "" : strerrorname_np(error)); }

int bits_of(const uint8_t *bytes, size_t size) {
  int count = 0;
  for (size_t i = 0; i < size; ++i) count += __builtin_popcount(bytes[i]);
  return count;
}

/** One address with the length of its prefix; empty for families that are not IP. */
Napi::Value address_on(Napi::Env env, const ifaddrs &one) {
  if (!one.ifa_addr || !one.ifa_netmask) return env.Undefined();
  char text[INET6_ADDRSTRLEN];
  int prefix = 0;
  if (one.ifa_addr->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in *>(one.ifa_addr)->sin_addr, text, sizeof text);
    prefix = bits_of(reinterpret_cast<const uint8_t *>(&reinterpret_cast<const sockaddr_in *>(one.ifa_netmask)->sin_addr), 4);
  } else if (one.ifa_addr->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6 *>(one.ifa_addr)->sin6_addr, text, sizeof text);
    prefix = bits_of(reinterpret_cast<const sockaddr_in6 *>(one.ifa_netmask)->sin6_addr.s6_addr, 16);
  } else {
    return env.Undefined();
  }
  Napi::Object out = Napi::Object::New(env);
  out["address"] = Napi::String::New(env, text);
  out["prefix"] = Napi::Number::New(env, prefix);
  return out;
}

/** Every interface that is up, with or without a cable: pulled cables come back. */
Napi::Value networks(Info info) {
  const Napi::Env env = info.Env();
  ifaddrs *all = nullptr;
  if (getifaddrs(&all) != 0) throw Napi::Error::New(env, "the interfaces of the machine cannot be read");
  std::map<std::string, Napi::Object> found;
  for (const ifaddrs *one = all; one; one = one->ifa_next) {
    if (!(one->ifa_flags & IFF_UP)) continue;
    auto at = found.find(one->ifa_name);
    if (at == found.end()) {
      Napi::Object network = Napi::Object::New(env);
      network["name"] = Napi::String::New(env, one->ifa_name);
      network["carrier"] = Napi::Boolean::New(env, one->ifa_flags & IFF_RUNNING);
      network["loopback"] = Napi::Boolean::New(env, one->ifa_flags & IFF_LOOPBACK);
      network["multicast"] = Napi::Boolean::New(env, one->ifa_flags & IFF_MULTICAST);
      network["addresses"] = Napi::Array::New(env);
      at = found.emplace(one->ifa_name, network).first;
    }
    const Napi::Value address = address_on(env, *one);
    Napi::Array addresses = at->second.Get("addresses").As<Napi::Array>();
    if (!address.IsUndefined()) addresses.Set(addresses.Length(), address);
  }
  freeifaddrs(all);
  Napi::Array out = Napi::Array::New(env);
  for (const auto &[name, network] : found) out.Set(out.Length(), network);
  return out;
}

Napi::Value open_group_ear(Info info) { return reason(info, ear().open()); }

Napi::Value tap_probes(Info info) {
  if (info.Length() < 1 || !info[0].IsBoolean()) throw Napi::TypeError::New(info.Env(), "whether probes are heard must be said");
  if (info[0].ToBoolean()) return reason(info, ear().tap());
  ear().untap();
  return reason(info, 0);
}

Napi::Value close_group_ear(Info info) {
  ear().close();
  return info.Env().Undefined();
}

Napi::Value heard_of_groups(Info info) {
  Napi::Array out = Napi::Array::New(info.Env());
  for (const auto &one : ear().take(most_at_once)) {
    Napi::Object heard = Napi::Object::New(info.Env());
    heard["interface"] = Napi::String::New(info.Env(), one.interface);
    heard["packet"] = Napi::Buffer<uint8_t>::Copy(info.Env(), one.packet.data(), one.packet.size());
    out.Set(out.Length(), heard);
  }
  return out;
}

}  // namespace

void export_networks(Napi::Env env, Napi::Object exports) {
  exports["networks"] = Napi::Function::New(env, networks);
  exports["openGroupEar"] = Napi::Function::New(env, open_group_ear);
  exports["tapProbes"] = Napi::Function::New(env, tap_probes);
  exports["closeGroupEar"] = Napi::Function::New(env, close_group_ear);
  exports["heardOfGroups"] = Napi::Function::New(env, heard_of_groups);
}

}  // namespace pbx::binding
