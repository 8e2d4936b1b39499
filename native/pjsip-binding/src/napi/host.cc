// Start, stop, tables and the way events reach JavaScript.
#include "host.h"

#include <atomic>
#include <future>

#include "../sip/flows.h"
#include "../sip/udp_transport.h"
#include "read.h"

namespace pbx::binding {

Host &host() {
  static Host *host = new Host();
  return *host;
}

void post(std::function<void(sip::Core &)> command) {
  sip::Core *core = host().core.get();
  if (!core) return;
  core->commands.post([core, command = std::move(command)] { command(*core); });
}

namespace {

using Info = const Napi::CallbackInfo &;

void deliver(napi_env env, napi_value callback, void *, void *) {
  if (!env || !callback) return;
  const std::string batch = host().events.take();
  if (batch.empty()) return;
  Napi::HandleScope scope(env);
  napi_value undefined, text;
  napi_get_undefined(env, &undefined);
  napi_create_string_utf8(env, batch.data(), batch.size(), &text);
  if (napi_call_function(env, undefined, callback, 1, &text, nullptr) != napi_pending_exception) return;
  napi_value thrown;
  napi_get_and_clear_last_exception(env, &thrown);
  napi_fatal_exception(env, thrown);
}

void end_thread() {
  Host &h = host();
  if (!h.thread.joinable()) return;
  h.thread.join();
  h.core.reset();
}

/** The environment goes away (process.exit, an uncaught error): sockets close, dialogs are left to a successor. */
void on_environment_end(void *) {
  Host &h = host();
  h.events.close();
  h.wake = nullptr;
  if (h.core) {
    sip::Core *core = h.core.get();
    core->commands.post([core] {
      core->keep = true;
      core->quit = true;
    });
    core->quit = true;
  }
  end_thread();
}

/** A new observer takes the place of the one before it. */
Napi::Value observe(Info info) {
  Host &h = host();
  if (h.core) throw Napi::Error::New(info.Env(), "the switch runs already");
  const bool first = h.wake == nullptr;
  if (!first) napi_release_threadsafe_function(h.wake, napi_tsfn_release);
  napi_value name;
  napi_create_string_utf8(info.Env(), "switch events", NAPI_AUTO_LENGTH, &name);
  const napi_status made = napi_create_threadsafe_function(info.Env(), info[0], nullptr, name, 0, 1, nullptr, nullptr, nullptr, &deliver, &h.wake);
  if (made != napi_ok) throw Napi::Error::New(info.Env(), "cannot observe the switch");
  napi_unref_threadsafe_function(info.Env(), h.wake);
  h.events.on_waiting([] {
    if (napi_threadsafe_function wake = host().wake) napi_call_threadsafe_function(wake, nullptr, napi_tsfn_nonblocking);
  });
  if (first) napi_add_env_cleanup_hook(info.Env(), &on_environment_end, nullptr);
  return info.Env().Undefined();
}

Napi::Value start(Info info) {
  Host &h = host();
  if (h.core) throw Napi::Error::New(info.Env(), "the switch runs already");
  sip::Config config = config_of(object_argument(info, 0));
  h.core = std::make_unique<sip::Core>(h.events);
  h.core->config = std::move(config);
  napi_ref_threadsafe_function(info.Env(), h.wake);
  sip::Core *core = h.core.get();
  h.thread = std::thread([core] { sip::run_endpoint(*core); });
  return info.Env().Undefined();
}

Napi::Value stop(Info info) {
  const bool keep = info[0].ToBoolean().Value();
  post([keep](sip::Core &core) {
    core.keep = keep;
    core.quit = true;
  });
  return info.Env().Undefined();
}

Napi::Value join(Info info) {
  end_thread();
  napi_unref_threadsafe_function(info.Env(), host().wake);
  return info.Env().Undefined();
}

Napi::Value set_lines(Info info) {
  auto table = std::make_shared<std::unordered_map<std::string, sip::Credential>>();
  auto encryption = std::make_shared<std::unordered_map<std::string, sip::Encryption>>();
  auto keying = std::make_shared<std::unordered_map<std::string, sip::Keying>>();
  auto cleaning = std::make_shared<std::unordered_map<std::string, media::Cleaning>>();
  auto named = std::make_shared<std::unordered_set<std::string>>(), shakers = std::make_shared<std::unordered_set<std::string>>();
  for (const Napi::Object &line : objects_of(array_argument(info, 0))) {
    sip::Credential credential{text_of(line, "line"), text_of(line, "authName"), text_of(line, "ha1Md5"), text_of(line, "ha1Sha256")};
    if (truth_of(line, "remotePartyId")) named->insert(credential.line);
    if (has(line, "encryption")) (*encryption)[credential.line] = encryption_of(info.Env(), text_of(line, "encryption"));
    if (has(line, "keying")) (*keying)[credential.line] = keying_of(info.Env(), text_of(line, "keying"));
    if (has(line, "cleaning")) (*cleaning)[credential.line] = cleaning_of(info.Env(), text_of(line, "cleaning"));
    if (truth_of(line, "calledByHandshake")) shakers->insert(credential.line);
    (*table)[credential.auth_name] = credential;
  }
  post([table, encryption, keying, cleaning, named, shakers](sip::Core &core) {
    core.digest.replace(std::move(*table));
    core.encryption = std::move(*encryption);
    core.keying = std::move(*keying);
    core.cleaning = std::move(*cleaning);
    core.shakers = std::move(*shakers);
    core.remote_party = std::move(*named);
  });
  return info.Env().Undefined();
}

Napi::Value set_bindings(Info info) {
  auto bindings = std::make_shared<std::vector<sip::Binding>>();
  for (const Napi::Object &one : objects_of(array_argument(info, 0))) bindings->push_back(binding_of(one));
  post([bindings](sip::Core &core) { sip::restore_bindings(core, std::move(*bindings)); });
  return info.Env().Undefined();
}

Napi::Value drop_binding(Info info) {
  post([line = argument(info, 0), contact = argument(info, 1)](sip::Core &core) { sip::drop_binding(core, line, contact); });
  return info.Env().Undefined();
}

/** Whatever is wrong with it is thrown here, before anything of it counts. */
Napi::Value set_encryption(Info info) {
  const Napi::Object given = object_argument(info, 0);
  sip::TlsIdentity identity{text_of(given, "certificate"), text_of(given, "key"), text_or(given, "authorities", ""), sip::ClientCertificates::never};
  const std::string clients = text_of(given, "clients");
  if (clients == "always") identity.clients = sip::ClientCertificates::always;
  else if (clients == "when-given") identity.clients = sip::ClientCertificates::when_given;
  else if (clients != "never") throw Napi::TypeError::New(info.Env(), "clients must be never, when-given or always");
  try {
    sip::TlsContext context = sip::make_tls_context(identity);
    if (sip::Core *core = host().core.get()) core->tls_context.set(std::move(context));
  } catch (const std::runtime_error &error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
  return info.Env().Undefined();
}

std::vector<sip::Prefix> prefixes_of(const Napi::Array &list) {
  std::vector<sip::Prefix> out;
  for (const std::string &text : texts_of(list)) {
    const auto prefix = sip::parse_prefix(text);
    if (!prefix) throw Napi::TypeError::New(list.Env(), "not a network: " + text);
    out.push_back(*prefix);
  }
  return out;
}

Napi::Value set_emergency(Info info) {
  const Napi::Object o = object_argument(info, 0);
  auto numbers = texts_of(object_of(o, "numbers").As<Napi::Array>());
  auto networks = prefixes_of(object_of(o, "networks").As<Napi::Array>());
  auto call_backs = has(o, "callBacks") ? texts_of(object_of(o, "callBacks").As<Napi::Array>()) : std::vector<std::string>();
  post([numbers, networks, call_backs](sip::Core &core) {
    core.emergency.set(numbers, networks);
    core.emergency.call_backs(call_backs);
    for (const sip::Listener &listener : core.listeners)
      if (listener.transport) sip::udp_transport_steer(listener.transport);
  });
  return info.Env().Undefined();
}

Napi::Value set_trunks(Info info) {
  const Napi::Object o = object_argument(info, 0);
  auto networks = prefixes_of(object_of(o, "networks").As<Napi::Array>());
  auto contacts = texts_of(object_of(o, "contacts").As<Napi::Array>());
  std::vector<sip::Core::TrunkMedia> media;
  if (has(o, "media"))
    for (const Napi::Object &one : objects_of(object_of(o, "media").As<Napi::Array>())) {
      const auto network = sip::parse_prefix(text_of(one, "network"));
      if (!network) throw Napi::TypeError::New(info.Env(), "media.network must be a network");
      media.push_back({*network, encryption_of(info.Env(), text_of(one, "encryption"))});
    }
  post([networks, contacts, media](sip::Core &core) {
    core.peers = networks;
    core.trunk_contacts = contacts;
    core.trunk_media = media;
  });
  return info.Env().Undefined();
}

sip::TlsPeer peer_of(const Napi::Object &from) {
  sip::TlsPeer peer;
  const sip::Hop hop = hop_of(object_of(from, "address"));
  if (!sip::is_secure(hop)) throw Napi::TypeError::New(from.Env(), "address.transport must be tls");
  peer.address = hop.addr;
  peer.name = hop.peer;
  peer.names = texts_of(object_of(from, "names").As<Napi::Array>());
  peer.server_name = text_or(from, "serverName", "");
  peer.pins = texts_of(object_of(from, "fingerprints").As<Napi::Array>());
  peer.shows_certificate = truth_of(from, "showsCertificate");
  const std::string authorities = text_or(from, "authorities", "");
  peer.context = sip::make_tls_client_context(authorities);
  for (const auto *list : {&peer.names, &peer.pins})
    for (const std::string &text : *list) peer.sameness += text + "\n";
  peer.sameness += peer.server_name + "\n" + (peer.shows_certificate ? "shows" : "") + "\n" + authorities;
  return peer;
}

/** Whatever is wrong with one is thrown here, before anything counts. */
Napi::Value keep_connections(Info info) {
  auto peers = std::make_shared<std::vector<sip::TlsPeer>>();
  try {
    for (const Napi::Object &one : objects_of(array_argument(info, 0))) peers->push_back(peer_of(one));
  } catch (const std::runtime_error &error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
  post([peers](sip::Core &core) { sip::keep_connections(core, std::move(*peers)); });
  return info.Env().Undefined();
}

Napi::Value qualify_every(Info info) {
  post([seconds = number_argument(info, 0)](sip::Core &core) { sip::qualify_every(core, seconds); });
  return info.Env().Undefined();
}

Napi::Value dump(Info info) {
  auto answer = std::make_shared<std::promise<std::string>>();
  std::future<std::string> text = answer->get_future();
  post([answer](sip::Core &core) { answer->set_value(sip::dump_json(core)); });
  if (text.wait_for(std::chrono::seconds(2)) != std::future_status::ready) return info.Env().Null();
  return Napi::String::New(info.Env(), text.get());
}

}  // namespace

void export_life(Napi::Env env, Napi::Object exports) {
  exports["observe"] = Napi::Function::New(env, observe);
  exports["start"] = Napi::Function::New(env, start);
  exports["stop"] = Napi::Function::New(env, stop);
  exports["join"] = Napi::Function::New(env, join);
  exports["setLines"] = Napi::Function::New(env, set_lines);
  exports["setBindings"] = Napi::Function::New(env, set_bindings);
  exports["dropBinding"] = Napi::Function::New(env, drop_binding);
  exports["setEmergency"] = Napi::Function::New(env, set_emergency);
  exports["setTrunks"] = Napi::Function::New(env, set_trunks);
  exports["keepConnections"] = Napi::Function::New(env, keep_connections);
  exports["setEncryption"] = Napi::Function::New(env, set_encryption);
  exports["qualifyEvery"] = Napi::Function::New(env, qualify_every);
  exports["dump"] = Napi::Function::New(env, dump);
}

}  // namespace pbx::binding
