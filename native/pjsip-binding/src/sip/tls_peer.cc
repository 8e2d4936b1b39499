// Whether who answers at a trunk's address is that trunk: its certificate, by name (RFC 5922) or by fingerprint.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "address.h"
#include "tls_identity.h"

namespace pbx::sip {
namespace {

/** Names that a certificate carries: hosts, and hosts of SIP URIs without a user (RFC 5922 section 7.1); addresses as text. */
std::vector<std::string> names_in(X509 *certificate) {
  std::vector<std::string> out;
  auto *all = static_cast<GENERAL_NAMES *>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);
    if (one->type == GEN_DNS || one->type == GEN_URI) {
      const ASN1_IA5STRING *said = one->type == GEN_DNS ? one->d.dNSName : one->d.uniformResourceIdentifier;
      std::string text(reinterpret_cast<const char *>(ASN1_STRING_get0_data(said)), static_cast<size_t>(ASN1_STRING_length(said)));
      if (text.find('\0') != std::string::npos) continue;
      if (one->type == GEN_URI) {
        if (!same_text(std::string_view(text).substr(0, 4), "sip:") || text.find('@') != std::string::npos) continue;
        text = text.substr(4, text.find_first_of(";:?", 4) - 4);
      }
      out.push_back(text);
    } else if (one->type == GEN_IPADD) {
      char text[INET6_ADDRSTRLEN] = "";
      const int length = ASN1_STRING_length(one->d.iPAddress);
      if (length == 4 || length == 16) inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(one->d.iPAddress), text, sizeof text);
      if (text[0]) out.emplace_back(text);
    }
  }
  GENERAL_NAMES_free(all);
  ERR_clear_error();
  return out;
}

/** RFC 5922 section 7.2: whole names only, a wildcard stands for nobody. */
bool is_one_of(const std::vector<std::string> &wanted, const std::string &found) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string &name) {
    const auto a = parse_address(name, 0), b = parse_address(found, 0);
    return a && b ? same_host(*a, *b) : same_text(name, found);
  });
}

std::string fingerprint(X509 *certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1) return "";
  static const char digits[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += digits[digest[i] >> 4];
    out += digits[digest[i] & 15];
  }
  return out;
}

std::string listed(const std::vector<std::string> &names) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < 4; ++i) out += (i ? ", " : "") + names[i].substr(0, 80);
  return out.empty() ? "nobody" : out;
}

}  // namespace

TlsDoubt doubt_about(SSL *ssl, const TlsPeer &peer) {
  X509 *certificate = SSL_get0_peer_certificate(ssl);
  if (!certificate) return {"protocol", "it showed no certificate"};
  if (!peer.pins.empty()) {
    const std::string shown = fingerprint(certificate);
    if (std::find(peer.pins.begin(), peer.pins.end(), shown) != peer.pins.end()) return {};
    return {"other-certificate", "its certificate has the fingerprint " + shown};
  }
  const std::vector<std::string> names = names_in(certificate);
  if (std::any_of(names.begin(), names.end(), [&](const std::string &name) { return is_one_of(peer.names, name); })) return {};
  return {"other-name", "its certificate is for " + listed(names)};
}

TlsDoubt doubt_of_failure(SSL *ssl, const std::string &complaint) {
  switch (const long verified = SSL_get_verify_result(ssl)) {
    case X509_V_OK: break;
    case X509_V_ERR_CERT_HAS_EXPIRED: return {"expired", "its certificate has run out"};
    case X509_V_ERR_CERT_NOT_YET_VALID: return {"not-yet-valid", "its certificate is not valid yet"};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return {"unknown-authority", "nobody that the box believes has signed its certificate"};
    default: return {"bad-certificate", X509_verify_cert_error_string(verified)};
  }
  if (complaint.find("alert") != std::string::npos) return {"refused", "it refuses the box (" + complaint + ")"};
  return {"protocol", complaint.empty() ? "it ended the handshake" : complaint};
}

}  // namespace pbx::sip
