// SHA256_* and SHA512_* are plain values without an allocation; EVP, which replaces them, needs the provider machinery.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
