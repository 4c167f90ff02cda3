#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// What libssl offers only as macros, for the module TLS.

/// TLS 1.2 and later, no renegotiation, no compression, buffers given back between records.
static inline void copenssl_set_policy(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

static inline void copenssl_set_minimum_version(SSL_CTX *context, int version) {
    SSL_CTX_set_min_proto_version(context, version);
}

static inline int copenssl_minimum_version(SSL *ssl) {
    return (int)SSL_get_min_proto_version(ssl);
}

/// Takes the certificate over where it succeeds.
static inline int copenssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

/// The length of the prime with which the server made its part of a finite-field Diffie-Hellman exchange; 0 for
/// another exchange.
static inline int copenssl_dh_bits(SSL *ssl) {
    EVP_PKEY *key = NULL;
    if (SSL_get_peer_tmp_key(ssl, &key) != 1) return 0;
    int bits = EVP_PKEY_get_base_id(key) == EVP_PKEY_DH ? EVP_PKEY_get_bits(key) : 0;
    EVP_PKEY_free(key);
    return bits;
}

static inline void copenssl_prefer_server_ciphers(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

static inline void copenssl_set_session_cache_mode(SSL_CTX *context, long mode) {
    SSL_CTX_set_session_cache_mode(context, mode);
}

static inline int copenssl_set_sni(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void copenssl_set_empty_bio_retries(BIO *memory) {
    BIO_set_mem_eof_return(memory, -1);
}

static inline int copenssl_general_name_count(const GENERAL_NAMES *names) {
    return sk_GENERAL_NAME_num(names);
}

static inline const GENERAL_NAME *copenssl_general_name(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

/// The name as RFC 2253 writes it, one line, control characters escaped.
static inline int copenssl_print_name(BIO *memory, const X509_NAME *name) {
    return X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253);
}
